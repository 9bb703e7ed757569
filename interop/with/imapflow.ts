import assert from "node:assert/strict"
import { on } from "node:events"
import { text } from "node:stream/consumers"
import type { ImapFlow } from "imapflow"
import { makeMessage } from "../../fixtures/mail/messages.ts"
import { corpusTo } from "../corpus.ts"
import { type ImapPeer, testWithPeers } from "../imap-peers.ts"
import { openImapFlow, readMailbox } from "../imapflow.ts"

const letter = (token: string, no = 0) =>
  makeMessage("plain", { from: "someone@far.example", to: "ada@house.example", token }, 700 + no).bytes
/** Longest wait for something that the server tells, in milliseconds. */
const patience = 10_000

testWithPeers("imapflow appends every kind of message and reads it back, byte for byte", async (_, peer) => {
  await withClient(peer, async client => {
    const sent = new Map<number, Buffer>()
    for (const { bytes, shape } of corpusTo("ada@house.example", 600)) {
      const answer = await client.append("INBOX", bytes, ["\\Seen", "$note"], new Date(Date.UTC(2025, 1, 3)))
      assert.ok(answer !== false && answer.uid !== undefined, `no UID for "${shape}"`)
      sent.set(answer.uid, bytes)
    }
    const kept = await readMailbox(client, "INBOX")
    assert.deepEqual([...kept.keys()].sort(byNumber), [...sent.keys()].sort(byNumber))
    for (const [uid, bytes] of sent) assert.ok(kept.get(uid)?.equals(bytes), `UID ${uid}`)
    await withMailbox(client, "INBOX", () => readParts(client))
  })
})

async function readParts(client: ImapFlow): Promise<void> {
  const query = {
    uid: true,
    envelope: true,
    bodyStructure: true,
    internalDate: true,
    size: true,
    flags: true,
  }
  const all = await client.fetchAll("1:*", query)
  assert.ok(all.every(one => one.envelope?.from?.[0]?.address === "someone@far.example"))
  assert.ok(all.every(one => one.flags?.has("\\Seen") === true && one.flags.has("$note")))
  assert.ok(all.every(one => new Date(one.internalDate ?? 0).getTime() === Date.UTC(2025, 1, 3)))
  const forwarded = all.find(one => one.bodyStructure?.childNodes?.[1]?.type === "message/rfc822")
  assert.ok(forwarded !== undefined, "the nested message has a structure")
  const part = await client.download(String(forwarded.uid), "1.1", { uid: true })
  assert.ok(part.content !== undefined)
  assert.match(await text(part.content), /^interop600x\d+end\s*$/)
}

testWithPeers("imapflow flags, copies, moves, searches and deletes", async (_, peer) => {
  await withClient(peer, async client => {
    for (let no = 0; no < 6; no += 1) await client.append("INBOX", letter(`zebra${no}crossing`, no), [])
    await client.mailboxCreate(["Projects", "Größe 📦"])
    const listed = (await client.list()).map(({ path }) => path)
    assert.ok(listed.includes("Projects/Größe 📦"), listed.join(", "))
    await withMailbox(client, "INBOX", () => organise(client))
    const there = await client.status("Projects/Größe 📦", { messages: true, unseen: true, uidNext: true })
    assert.ok(there !== false)
    assert.deepEqual([there.messages, there.unseen, there.uidNext], [2, 1, 3])
    await client.mailboxRename("Projects", "Done")
    assert.equal((await readMailbox(client, "Done/Größe 📦")).size, 2)
    await client.mailboxDelete("Done/Größe 📦")
    assert.ok(!(await client.list()).some(({ path }) => path === "Done/Größe 📦"))
  })
})

async function organise(client: ImapFlow): Promise<void> {
  const find = async (query: Parameters<ImapFlow["search"]>[0]) => {
    const found = await client.search(query, { uid: true })
    assert.ok(Array.isArray(found))
    return found
  }
  assert.deepEqual(await find({ subject: "ZEBRA2cross" }), [3])
  assert.deepEqual(await find({ body: "bra4cro" }), [5])
  assert.deepEqual(await find({ or: [{ subject: "zebra0" }, { text: "zebra5crossing" }] }), [1, 6])
  assert.deepEqual(await find({ not: { from: "far.example" } }), [])
  await client.messageFlagsAdd("2,3", ["\\Seen", "\\Flagged"], { uid: true })
  await client.messageFlagsSet("4", ["\\Answered"], { uid: true })
  assert.deepEqual(await find({ flagged: true, seen: true }), [2, 3])
  assert.deepEqual(await find({ answered: true }), [4])
  const copied = await client.messageCopy("2", "Projects/Größe 📦", { uid: true })
  assert.ok(copied !== false && copied.uidMap !== undefined)
  assert.deepEqual([...copied.uidMap], [[2, 1]])
  const moved = await client.messageMove("1", "Projects/Größe 📦", { uid: true })
  assert.ok(moved !== false && moved.uidMap !== undefined)
  assert.deepEqual([...moved.uidMap], [[1, 2]])
  await client.messageDelete("6", { uid: true })
  assert.deepEqual(await find({ all: true }), [2, 3, 4, 5])
}

testWithPeers("imapflow hears of new mail, of flags and of what has gone while it idles", async (_, peer) => {
  await withClient(peer, async idler => {
    await idler.mailboxOpen("INBOX")
    const idling = idler.idle()
    const exists = heard(idler, "exists", event => event.count === 1)
    await peer.deliver(letter("knock"))
    await exists
    await withClient(peer, async other => {
      await other.mailboxOpen("INBOX")
      const flags = heard(idler, "flags", event => event.seq === 1 && event.flags.has("\\Flagged"))
      await other.messageFlagsAdd("1", ["\\Flagged"])
      await flags
      const expunge = heard(idler, "expunge", event => event.seq === 1)
      await other.messageDelete("1")
      await expunge
    })
    await idler.mailboxClose()
    await idling
  })
})

testWithPeers("imapflow comes back with QRESYNC and learns what has changed meanwhile", async (_, peer) => {
  await withClient(peer, async other => {
    for (let no = 0; no < 5; no += 1) await other.append("INBOX", letter(`sync${no}`, no), [])
    const before = await withClient(
      peer,
      async client => {
        assert.ok(client.enabled.has("QRESYNC"), [...client.enabled].join(" "))
        return client.mailboxOpen("INBOX")
      },
      true,
    )
    await other.mailboxOpen("INBOX")
    await other.messageFlagsAdd("2", ["\\Flagged"], { uid: true })
    await other.messageDelete("4", { uid: true })
    await other.append("INBOX", letter("sync5", 5), [])
    await withClient(
      peer,
      async client => {
        const flags = heard(client, "flags", event => event.uid === 2 && event.flags.has("\\Flagged"))
        const gone = heard(client, "expunge", event => event.vanished && event.uid === 4)
        assert.ok(before.highestModseq !== undefined)
        const now = await client.mailboxOpen("INBOX", {
          changedSince: before.highestModseq,
          uidValidity: before.uidValidity,
        })
        await Promise.all([flags, gone])
        assert.deepEqual([now.exists, now.uidNext, now.uidValidity], [5, 7, before.uidValidity])
        const changed = await client.fetchAll("1:*", { uid: true }, { changedSince: before.highestModseq })
        assert.deepEqual(
          changed.map(({ uid }) => uid),
          [2, 6],
        )
      },
      true,
    )
  })
})

/** Resolves at the first event that is the one; the others are let go. */
async function heard<Name extends "exists" | "flags" | "expunge">(
  client: ImapFlow,
  name: Name,
  isIt: (event: EventOf<Name>) => boolean,
): Promise<void> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error(`no such "${name}" in ${patience} ms`)), patience)
  try {
    for await (const [event] of on(client, name, { signal: late.signal })) if (isIt(event)) return
  } finally {
    clearTimeout(timer)
  }
}

type EventOf<Name extends "exists" | "flags" | "expunge"> = {
  exists: { count: number }
  flags: { seq: number; uid?: number; flags: Set<string> }
  expunge: { seq?: number; uid?: number; vanished: boolean }
}[Name]

async function withClient<T>(
  peer: ImapPeer,
  work: (client: ImapFlow) => Promise<T>,
  qresync = false,
): Promise<T> {
  const client = await openImapFlow(peer, { qresync })
  try {
    return await work(client)
  } finally {
    await client.logout()
  }
}

async function withMailbox(client: ImapFlow, mailbox: string, work: () => Promise<void>): Promise<void> {
  const lock = await client.getMailboxLock(mailbox)
  try {
    await work()
  } finally {
    lock.release()
  }
}

const byNumber = (a: number, b: number) => a - b
