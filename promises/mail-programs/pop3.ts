import assert from "node:assert/strict"
import { traceAbove } from "../../fixtures/house.ts"
import { Pop3Client } from "../../fixtures/pop3-client.ts"
import { addressOf } from "../../fixtures/server.ts"
import { bodies, type Library, openImap, openPop3, type Trial, told } from "./library.ts"

/** The POP3 half of MAIL-3, on an account that nobody else touches. */
export const pop3Trials: readonly Trial[] = [
  {
    name: "POP3: signs in under TLS alone, and with the right password alone",
    async run(library) {
      const { house } = library
      const { address, password } = house.people.bob
      const client = await Pop3Client.connect(addressOf(house.server().ready, "pop3"))
      assert.equal((await client.login(address, password)).ok, false)
      await client.startTls()
      assert.equal((await client.login(address, `${password}.`)).ok, false)
      client.close()
      const again = await Pop3Client.connect(addressOf(house.server().ready, "pop3"))
      await again.startTls()
      assert.equal((await again.login(address, password)).ok, true)
      await again.command("QUIT")
    },
  },

  {
    name: "POP3: gives every kind of message byte for byte, its size and its head, and the same as IMAP",
    async run(library) {
      const { sent } = library
      const client = await openPop3(library, "bob")
      const sizes = await client.lines("LIST")
      assert.equal(sizes.length, sent.length)
      const kept: Buffer[] = []
      for (const [at, line] of sizes.entries()) {
        const message = await client.octets(`RETR ${at + 1}`)
        kept.push(message)
        assert.equal(line, `${at + 1} ${message.length}`)
        const body = message.indexOf("\r\n\r\n") + 4
        assert.ok((await client.octets(`TOP ${at + 1} 0`)).equals(message.subarray(0, body)), `TOP ${at + 1}`)
      }
      for (const { bytes, shape } of sent) {
        assert.equal(kept.filter(message => traceAbove(message, bytes) !== undefined).length, 1, shape)
      }
      await client.command("QUIT")
      const imap = await openImap(library, "bob")
      await told(imap, "SELECT INBOX")
      const seen = [...(await bodies(imap)).values()]
      assert.ok(
        seen.length === kept.length &&
          seen.every((message, at) => message.equals(kept[at] ?? Buffer.alloc(0))),
      )
      await imap.logout()
    },
  },

  {
    name: "POP3: names each message the same in every session, and after a restart",
    async run(library) {
      const before = await openPop3(library, "bob")
      const names = await before.lines("UIDL")
      await before.command("QUIT")
      assert.equal(new Set(names.map(line => line.split(" ")[1])).size, library.sent.length)
      await library.house.restart()
      const after = await openPop3(library, "bob")
      assert.deepEqual(await after.lines("UIDL"), names)
      await after.command("QUIT")
    },
  },

  {
    name: "POP3: deletes at QUIT, and only then",
    async run(library) {
      const { sent } = library
      const broken = await openPop3(library, "bob")
      const names = await broken.lines("UIDL")
      assert.equal((await broken.command("DELE 1")).ok, true)
      broken.close()
      const kept = await openAgain(library)
      assert.deepEqual(await kept.lines("UIDL"), names)
      assert.equal((await kept.command("DELE 2")).ok, true)
      assert.equal((await kept.command("QUIT")).ok, true)
      const left = await openAgain(library)
      const without = names.flatMap(line => (line.startsWith("2 ") ? [] : [line.split(" ")[1]]))
      assert.deepEqual(
        (await left.lines("UIDL")).map(line => line.split(" ")[1]),
        without,
      )
      await left.command("QUIT")
      const imap = await openImap(library, "bob")
      await told(imap, "SELECT INBOX")
      assert.equal((await bodies(imap)).size, sent.length - 1)
      await imap.logout()
    },
  },
]

/** A maildrop belongs to one session at a time: the one before may be a moment in ending. */
async function openAgain(library: Library): Promise<Pop3Client> {
  const tries = 50
  for (let at = 0; ; at += 1) {
    const client = await openPop3(library, "bob").catch((error: unknown) => {
      if (at === tries) throw error
      return undefined
    })
    if (client !== undefined) return client
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
