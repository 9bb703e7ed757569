/** Two sides of one mailbox: a store that changes, and a client that knows only what it was told. */

import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { MailboxInfo, MessageRow } from "../../../messages/index.ts"
import { mailContent } from "../../../privacy/index.ts"
import { asId, type ModSeq } from "../../../store/ids.ts"
import type { Feature } from "../handler.ts"
import { collectOut } from "./fixtures/collect-out.ts"
import { ModelClient } from "./fixtures/model-client.ts"
import { Known } from "./known.ts"
import { type NewsParts, tellNews } from "./news.ts"
import { tellHighest } from "./open-mailbox.ts"

interface Kept {
  uid: number
  modseq: number
  keywords: readonly string[]
}

/** The store's side, as far as news need it: `horizon` is how far back its log of changes reaches. */
class Box {
  messages: Kept[] = []
  gone: { uid: number; modseq: number }[] = []
  modseq = 1
  uidNext = 1
  horizon = 0

  arrive(): number {
    this.modseq++
    this.messages.push({ uid: this.uidNext++, modseq: this.modseq, keywords: [] })
    return this.modseq
  }

  flag(index: number, keyword: string): number | undefined {
    const message = this.messages[index]
    if (message === undefined) return undefined
    this.modseq++
    message.modseq = this.modseq
    message.keywords = message.keywords.includes(keyword)
      ? message.keywords.filter(one => one !== keyword)
      : [...message.keywords, keyword]
    return this.modseq
  }

  remove(index: number): number | undefined {
    const [message] = this.messages.splice(index, 1)
    if (message === undefined) return undefined
    this.modseq++
    this.gone.push({ uid: message.uid, modseq: this.modseq })
    return this.modseq
  }

  row({ uid, modseq, keywords }: Kept): MessageRow {
    return {
      uid: asId(uid),
      email: asId(uid),
      thread: asId(1),
      modseq: asId(modseq),
      size: 1,
      receivedAt: 0,
      savedAt: 0,
      keywords,
      deleted: false,
      body: Buffer.alloc(16),
    }
  }

  readonly mail: { -readonly [K in keyof NewsParts["mail"]]: NewsParts["mail"][K] } = {
    changes: async (_, since) => ({
      modseq: asId<ModSeq>(this.modseq),
      messages: this.messages.filter(({ modseq }) => modseq > since).map(one => this.row(one)),
      vanished:
        since < this.horizon
          ? []
          : this.gone.filter(({ modseq }) => modseq > since).map(({ uid }) => asId(uid)),
      complete: since >= this.horizon,
    }),
    snapshot: async () => ({
      mailbox: info,
      modseq: asId<ModSeq>(this.modseq),
      uids: Uint32Array.from(this.messages, ({ uid }) => uid),
      emails: Float64Array.from(this.messages, ({ uid }) => uid),
    }),
  }
}

const info: MailboxInfo = {
  id: asId(1),
  name: mailContent("INBOX"),
  role: "inbox",
  subscribed: true,
  uidValidity: 1,
  uidNext: 1,
  total: 0,
  unseen: 0,
  deleted: 0,
  bytes: 0,
  modseq: asId(1),
}

function open(features: readonly Feature[], messages: number) {
  const box = new Box()
  for (let count = 0; count < messages; count++) box.arrive()
  const uids = box.messages.map(({ uid }) => uid)
  const known = new Known(Uint32Array.from(uids), Float64Array.from(uids), asId(box.modseq))
  known.newestTold = true
  const parts: NewsParts = { mail: box.mail, id: asId(1), known, enabled: new Set(features), readOnly: false }
  const client = new ModelClient(uids, () => "")
  const out = collectOut()
  const tell = async (expunges: boolean, look = true): Promise<string> => {
    assert.equal(await tellNews(parts, out, { expunges, look }), "told")
    const text = out.take()
    client.hear(text)
    return text
  }
  return { box, known, client, tell, parts }
}

test("tells arrivals, changes and removals in an order that a client can follow", async () => {
  const { box, tell } = open([], 3)
  box.flag(2, "$seen")
  box.remove(0)
  box.arrive()
  assert.equal(await tell(true), "* 1 EXPUNGE\r\n* 3 EXISTS\r\n* 2 FETCH (UID 3 FLAGS (\\Seen))\r\n")
  assert.equal(await tell(true), "")
})

test("what has gone keeps its number until EXPUNGE may be said", async () => {
  const { box, known, tell } = open([], 3)
  box.remove(1)
  assert.equal(await tell(false), "")
  assert.equal(known.numbering.numberOf(3), 3)
  assert.equal(await tell(true), "* 2 EXPUNGE\r\n")
  assert.equal(known.numbering.numberOf(3), 2)
})

test("QRESYNC: what has gone is told by UID, and changes with their modseq", async () => {
  const { box, tell } = open(["QRESYNC"], 4)
  box.remove(1)
  box.remove(1)
  box.flag(0, "work")
  assert.equal(
    await tell(true),
    "* VANISHED 2:3\r\n" +
      "* FLAGS (\\Answered \\Flagged \\Draft \\Seen \\Deleted $Forwarded $MDNSent $Junk $NotJunk $Phishing " +
      "$Important $SubmitPending $Submitted Junk NonJunk work)\r\n" +
      "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\Seen \\Deleted $Forwarded $MDNSent $Junk $NotJunk " +
      "$Phishing $Important $SubmitPending $Submitted Junk NonJunk work \\*)] These last\r\n" +
      "* 1 FETCH (UID 1 FLAGS (work) MODSEQ (8))\r\n",
  )
})

test("the store is asked only when somebody has told of a change, or it is wanted", async () => {
  const { box, known, tell } = open([], 1)
  box.arrive()
  assert.equal(await tell(true, false), "")
  known.hear(asId(box.modseq))
  assert.equal(await tell(true, false), "* 2 EXISTS\r\n")
  known.hear(asId(box.modseq))
  assert.equal(known.hasHeard, false)
  known.hear(undefined)
  assert.equal(known.hasHeard, true)
  await tell(true, false)
  assert.equal(known.hasHeard, false)
})

test("a change of this connection's own is not told again", async () => {
  const { box, known, tell } = open([], 2)
  known.made(asId(box.flag(0, "$seen") ?? 0), true)
  assert.equal(await tell(true), "")
  // Another session changes something before ours: it has a modseq of its own, and is told.
  box.flag(1, "$flagged")
  known.made(asId(box.flag(0, "$flagged") ?? 0), true)
  assert.equal(await tell(true), "* 2 FETCH (UID 2 FLAGS (\\Flagged))\r\n")
  // After a silent change it is not known what the client thinks: it is told.
  box.flag(0, "$draft")
  known.made(asId(box.flag(0, "$answered") ?? 0), false)
  assert.equal(await tell(true), "* 1 FETCH (UID 1 FLAGS (\\Seen \\Flagged \\Draft \\Answered))\r\n")
})

test("past the log of changes, what is not there has gone", async () => {
  const { box, tell } = open([], 4)
  box.remove(3)
  box.remove(0)
  box.arrive()
  box.horizon = box.modseq
  assert.equal(await tell(true), "* 4 EXPUNGE\r\n* 1 EXPUNGE\r\n* 3 EXISTS\r\n")
})

test("past the log of changes, what came and went between two looks is never told", async () => {
  const { box, known, tell } = open([], 2)
  box.arrive()
  box.remove(0)
  box.horizon = box.modseq
  const { changes } = box.mail
  box.mail.changes = async (id, since) => {
    const before = await changes(id, since)
    box.remove(1)
    return before
  }
  assert.equal(await tell(true), "* 1 EXPUNGE\r\n")
  assert.equal(known.numbering.count, 1)
})

test("QRESYNC: what has gone while it may not be told keeps HIGHESTMODSEQ down, also where a command fails", async () => {
  const { box, known, tell, parts } = open(["QRESYNC"], 3)
  box.remove(0)
  box.flag(1, "$seen")
  assert.equal(
    await tell(false),
    "* 3 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (6))\r\n* OK [HIGHESTMODSEQ 4] Up to here you know everything\r\n",
  )
  assert.equal(await tell(false), "")
  const out = collectOut()
  known.claims.wrote(asId(6))
  tellHighest(parts, out)
  assert.equal(out.take(), "* OK [HIGHESTMODSEQ 4] Up to here you know everything\r\n")
  assert.equal(await tell(true), "* VANISHED 1\r\n* OK [HIGHESTMODSEQ 6] Up to here you know everything\r\n")
})

test("a mailbox that was deleted is told apart from one without news", async () => {
  const { parts } = open([], 1)
  const gone = {
    ...parts,
    mail: { ...parts.mail, changes: async () => ({ kind: "no-such-mailbox" as const }) },
  }
  assert.equal(await tellNews(gone, collectOut(), { expunges: true, look: true }), "gone")
})

test("whatever happens in whatever order, a client that believes everything ends where the store is", async () => {
  const nat = fc.nat(30)
  const keyword = fc.constantFrom("$seen", "$flagged", "work", "other")
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("arrive" as const) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("flag" as const), index: nat, keyword }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove" as const), index: nat }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("tell" as const), expunges: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("own flag" as const), index: nat, keyword }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("own removal" as const), index: nat }) },
  )
  const features = fc.subarray<Feature>(["CONDSTORE", "QRESYNC"])
  await fc.assert(
    fc.asyncProperty(
      features,
      fc.nat(6),
      fc.array(step, { maxLength: 60 }),
      async (enabled, messages, steps) => {
        const { box, known, client, tell } = open(enabled, messages)
        for (const one of steps) {
          if (one.kind === "arrive") box.arrive()
          else if (one.kind === "flag") box.flag(one.index, one.keyword)
          else if (one.kind === "remove") box.remove(one.index)
          else if (one.kind === "forget") box.horizon = box.modseq
          else if (one.kind === "tell") {
            await tell(one.expunges)
            await learnUids(client, known)
          } else await own(one)
        }
        await tell(true)
        await learnUids(client, known)
        assert.deepEqual(
          client.messages.map(({ uid }) => uid),
          box.messages.map(({ uid }) => uid),
        )
        for (const [index, { keywords }] of box.messages.entries()) {
          const flags = client.messages[index]?.flags
          // Of an arrival the client learns the flags by asking for them.
          if (flags !== undefined) assert.equal(flags.split(" ").filter(Boolean).length, keywords.length)
        }

        async function own(
          one: { kind: "own flag"; index: number; keyword: string } | { kind: "own removal"; index: number },
        ) {
          const message = box.messages[one.index]
          // A client can only name what it has been told of.
          if (message === undefined || known.numbering.numberOf(message.uid) === 0) return
          if (one.kind === "own removal") {
            box.remove(one.index)
            known.remove([message.uid])
            return
          }
          const modseq = box.flag(one.index, one.keyword)
          known.made(asId(modseq ?? 0), true)
          const seen = client.messages[known.numbering.numberOf(message.uid) - 1]
          if (seen !== undefined) seen.flags = message.keywords.join(" ")
        }
      },
    ),
    { numRuns: 300 },
  )
})

/** As UID FETCH would: the client learns the UIDs of what has arrived, and finds no other ones in their place. */
async function learnUids(client: ModelClient, { numbering }: Known): Promise<void> {
  assert.equal(client.messages.length, numbering.count)
  for (const [index, message] of client.messages.entries()) {
    if (message.uid !== undefined) assert.equal(message.uid, numbering.uidOf(index + 1))
    message.uid = numbering.uidOf(index + 1)
  }
}
