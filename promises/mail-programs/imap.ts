import assert from "node:assert/strict"
import { performance } from "node:perf_hooks"
import { ImapClient, type ImapResponse } from "../../fixtures/imap-client.ts"
import { addressOf } from "../../fixtures/server.ts"
import {
  bodies,
  byUid,
  deliver,
  letter,
  numberBehind,
  octetsOf,
  openImap,
  type Trial,
  told,
  uidOf,
} from "./library.ts"

/** News may take so long, in milliseconds, from the 250 on. */
const newsWithin = 1_000

/** The IMAP half of MAIL-3: what a mail program does on an account, through the door that everybody has. */
export const imapTrials: readonly Trial[] = [
  {
    name: "IMAP: signs in under TLS alone, and with the right password alone",
    async run(library) {
      const { house } = library
      const { address, password } = house.people.ada
      const client = await ImapClient.connect(addressOf(house.server().ready, "imap"))
      assert.match(client.greeting.text, /^\* OK .*\bLOGINDISABLED\b/)
      assert.equal((await client.login(address, password)).status, "NO")
      await client.startTls()
      assert.equal((await client.login(address, `${password}.`)).status, "NO")
      assert.equal((await client.login(address, password)).status, "OK")
      await client.logout()
    },
  },

  {
    name: "IMAP: gives every kind of message byte for byte, whole and in parts",
    async run(library) {
      const { sent } = library
      const client = await openImap(library, "ada")
      await told(client, "SELECT INBOX")
      const kept = await bodies(client)
      const sizes = byUid(await told(client, "UID FETCH 1:* (UID RFC822.SIZE)"))
      for (const { bytes, shape } of sent) {
        const uid = uidOf(kept, bytes)
        const whole = kept.get(uid) ?? Buffer.alloc(0)
        assert.equal(Number(sizes.get(uid)?.get("RFC822.SIZE")), whole.length, shape)
        const middle = Math.floor(whole.length / 2)
        const parts = byUid(
          await told(
            client,
            `UID FETCH ${uid} (UID BODY.PEEK[]<${middle}.700> BODY.PEEK[HEADER] BODY.PEEK[TEXT])`,
          ),
        ).get(uid)
        assert.ok(
          octetsOf(parts?.get(`BODY[]<${middle}>`)).equals(whole.subarray(middle, middle + 700)),
          shape,
        )
        const halves = [octetsOf(parts?.get("BODY[HEADER]")), octetsOf(parts?.get("BODY[TEXT]"))]
        assert.ok(Buffer.concat(halves).equals(whole), shape)
      }
      await client.logout()
    },
  },

  {
    name: "IMAP: lists senders, subjects and attachments",
    async run(library) {
      const { sent } = library
      const client = await openImap(library, "ada")
      const opened = await told(client, "SELECT INBOX")
      assert.ok(opened.some(one => one.text === `* ${sent.length} EXISTS`))
      const kept = await bodies(client)
      const lists = byUid(await told(client, "UID FETCH 1:* (UID ENVELOPE BODYSTRUCTURE)"))
      for (const [at, { bytes, shape }] of sent.entries()) {
        const items = lists.get(uidOf(kept, bytes))
        assert.match(
          String(items?.get("ENVELOPE")),
          new RegExp(`kind${at}end.*"x" "friends\\.example"`),
          shape,
        )
        if (shape === "attachment") assert.match(String(items?.get("BODYSTRUCTURE")), /"figures\.bin"/)
      }
      await client.logout()
    },
  },

  {
    name: "IMAP: tells an idling client of a new mail within a second of its 250",
    async run(library) {
      const { house } = library
      const client = await openImap(library, "ada")
      await told(client, "SELECT INBOX")
      const idling = await client.idle()
      await deliver(house, letter("newsend").bytes, ["ada"])
      const answered = performance.now()
      let news: ImapResponse
      do news = await client.read()
      while (!/^\* \d+ EXISTS$/.test(news.text))
      const took = performance.now() - answered
      assert.ok(took < newsWithin, `it took ${Math.round(took)} ms`)
      assert.equal((await idling.done()).status, "OK")
      await client.logout()
    },
  },

  {
    name: "IMAP: finds by words in body, sender, subject and header, and finds nothing else",
    async run(library) {
      const { sent } = library
      const client = await openImap(library, "ada")
      await told(client, "SELECT INBOX")
      const kept = await bodies(client)
      const found = async (key: string): Promise<readonly number[]> => {
        const [response] = (await told(client, `UID SEARCH ${key}`)).filter(one =>
          one.text.startsWith("* SEARCH"),
        )
        return response?.text.split(" ").slice(2).map(Number) ?? []
      }
      for (const [at, { bytes, shape }] of sent.entries()) {
        const uid = uidOf(kept, bytes)
        assert.deepEqual(await found(`SUBJECT kind${at}end`), [uid], shape)
        const inBody = bytes.subarray(bytes.indexOf("\r\n\r\n")).includes(`kind${at}end`)
        assert.deepEqual(await found(`BODY kind${at}en`), inBody ? [uid] : [], shape)
      }
      const all = [...kept.keys()].sort((a, b) => a - b)
      assert.deepEqual(await found("FROM friends.exam"), all)
      assert.deepEqual(
        await found("HEADER X-Same two"),
        sent.flatMap(one => (one.shape === "folded and repeated headers" ? [uidOf(kept, one.bytes)] : [])),
      )
      assert.deepEqual(await found("HEADER X-Same three"), [])
      assert.deepEqual(await found("TEXT nobodywrotethis"), [])
      await client.logout()
    },
  },

  {
    name: "IMAP: keeps flags, copies and what a program puts there, for every program and across a restart",
    async run(library) {
      const one = await openImap(library, "ada")
      const other = await openImap(library, "ada")
      const opened = await told(one, "SELECT INBOX")
      await told(other, "SELECT INBOX")
      const [uid = 0] = (await bodies(one)).keys()
      await told(one, `UID STORE ${uid} +FLAGS (\\Flagged $Work)`)
      assert.match((await told(other, "NOOP")).map(news => news.text).join("\n"), /FETCH \(.*\\Flagged/)
      await told(one, "CREATE Project")
      await told(one, `UID COPY ${uid} Project`)
      const draft = letter("draftend", "eight-bit").bytes
      await told(one, 'APPEND Project (\\Seen) "01-Feb-2026 12:00:00 +0100" ', draft)
      await one.logout()
      await other.logout()
      await library.house.restart()

      const again = await openImap(library, "ada")
      const reopened = await told(again, "SELECT INBOX")
      assert.equal(numberBehind(reopened, "UIDVALIDITY"), numberBehind(opened, "UIDVALIDITY"))
      const flags = byUid(await told(again, `UID FETCH ${uid} (UID FLAGS)`))
        .get(uid)
        ?.get("FLAGS")
      assert.match(String(flags), /(?=.*\\Flagged)(?=.*\$work)/i)
      await told(again, "SELECT Project")
      const items = byUid(await told(again, "FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])"))
      const put = [...items.values()].find(each => octetsOf(each.get("BODY[]")).equals(draft))
      assert.ok(put !== undefined && items.size === 2, "what was put there is not as it was")
      assert.match(String(put.get("FLAGS")), /\\Seen/)
      assert.equal(
        Date.parse(octetsOf(put.get("INTERNALDATE")).toString()),
        Date.parse("2026-02-01T11:00:00Z"),
      )
      await again.logout()
    },
  },

  {
    name: "IMAP: moves and expunges, and never gives a UID to a second message",
    async run(library) {
      const { house } = library
      const client = await openImap(library, "ada")
      await told(client, "CREATE Later")
      await deliver(house, letter("moveend").bytes, ["ada"])
      await deliver(house, letter("goneend").bytes, ["ada"])
      await told(client, "SELECT INBOX")
      const kept = await bodies(client)
      const moved = uidOf(kept, letter("moveend").bytes)
      const gone = uidOf(kept, letter("goneend").bytes)
      await told(client, `UID MOVE ${moved} Later`)
      await told(client, `UID STORE ${gone} +FLAGS.SILENT (\\Deleted)`)
      await told(client, "EXPUNGE")
      await deliver(house, letter("afterend").bytes, ["ada"])
      await told(client, "NOOP")
      const left = await bodies(client)
      assert.equal(left.size, kept.size - 1)
      assert.ok(!left.has(moved) && !left.has(gone))
      assert.ok(uidOf(left, letter("afterend").bytes) > Math.max(...kept.keys()))
      await told(client, "SELECT Later")
      assert.equal(uidOf(await bodies(client), letter("moveend").bytes) > 0, true)
      await client.logout()
    },
  },

  {
    name: "IMAP: tells a program that comes back what changed and what went",
    async run(library) {
      const { house } = library
      for (const token of ["stayend", "changeend", "vanishend"])
        await deliver(house, letter(token).bytes, ["ada"])
      const away = await openImap(library, "ada")
      const opened = await told(away, "SELECT INBOX")
      const kept = await bodies(away)
      const [changed, vanished] = ["changeend", "vanishend"].map(token => uidOf(kept, letter(token).bytes))
      await away.logout()

      const busy = await openImap(library, "ada")
      await told(busy, "SELECT INBOX")
      await told(busy, `UID STORE ${changed} +FLAGS (\\Answered)`)
      await told(busy, `UID STORE ${vanished} +FLAGS (\\Deleted)`)
      await told(busy, `UID EXPUNGE ${vanished}`)
      await busy.logout()

      const back = await openImap(library, "ada")
      await told(back, "ENABLE QRESYNC")
      const known = `${numberBehind(opened, "UIDVALIDITY")} ${numberBehind(opened, "HIGHESTMODSEQ")}`
      const news = await told(back, `SELECT INBOX (QRESYNC (${known}))`)
      assert.deepEqual([...byUid(news).keys()], [changed])
      assert.deepEqual(
        news.filter(one => one.text.includes("VANISHED")).map(one => one.text),
        [`* VANISHED (EARLIER) ${vanished}`],
      )
      await back.logout()
    },
  },
]
