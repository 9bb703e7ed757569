/** A client that reads slowly, or goes, and a store that fails in the middle. */
import assert from "node:assert/strict"
import { test } from "node:test"
import type { FetchItem } from "@letterkeep/imap"
import { BrokenLiteralError, type Out, type SelectedMailbox } from "../../handler.ts"
import { openTestDesk } from "../fixtures/open-test-desk.ts"

/** What waits for the client beyond this is too much. */
const full = 64 * 1024

/** The client reads all that waits whenever somebody waits for it. */
function slowOut(): Out & { readonly most: number; readonly octets: number } {
  let waiting = 0
  const counted = { most: 0, octets: 0 }
  return {
    write(piece) {
      waiting += piece.length
      counted.octets += piece.length
      counted.most = Math.max(counted.most, waiting)
    },
    get isFull() {
      return waiting > full
    },
    async drained() {
      await new Promise(resolve => setImmediate(resolve))
      waiting = 0
    },
    get most() {
      return counted.most
    },
    get octets() {
      return counted.octets
    },
  }
}

const set = { kind: "ranges", ranges: [{ first: 1, last: "*" }] } as const
const fetchOf = (...items: readonly FetchItem[]) =>
  ({ name: "FETCH", messages: { uid: false, set }, items, changedSince: undefined, vanished: false }) as const
const section = (part: readonly number[], what: "whole" | "TEXT") =>
  ({ kind: "BODY[]", peek: true, section: { part, what, fields: [] }, partial: undefined }) as const

async function openWithLarge(t: Parameters<typeof openTestDesk>[0]) {
  const house = await openTestDesk(t)
  const text = "some words that are encoded =3D\r\n".repeat(100_000)
  const large = `Subject: large\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${text}`
  await house.deliver(large)
  for (let count = 0; count < 20; count++)
    await house.deliver(`Subject: small\r\n\r\n${"y".repeat(30_000)}\r\n`)
  const client = await house.connect()
  await client.say("SELECT INBOX")
  const { selected } = client.desk
  assert.ok(selected)
  return { ...house, client, selected, size: large.length + 20 * 30_000 }
}

for (const [name, items, octets] of [
  ["whole", [section([], "whole")], 3_900_000],
  ["in part", [section([], "TEXT"), { kind: "UID" }], 3_900_000],
  ["decoded", [{ kind: "BINARY[]", peek: true, part: [1], partial: undefined }], 3_700_000],
] as const)
  test(`whoever reads slowly makes little wait in memory: messages ${name}`, async t => {
    const { selected } = await openWithLarge(t)
    const out = slowOut()
    const answer = await selected.serve(fetchOf(...items), out, "t")
    assert.equal(answer.kind, "ok")
    assert.ok(out.octets > octets, `${out.octets} octets`)
    // A window of a large body, beyond the mark.
    assert.ok(out.most < full + 1_200_000, `${out.most} octets at most`)
  })

test("a body that ends in the middle of its literal ends the connection, without a word", async t => {
  const { selected, store } = await openWithLarge(t)
  await store.sql`delete from body where no = 5`
  const broken = async (mailbox: SelectedMailbox, ...items: FetchItem[]) => {
    await assert.rejects(mailbox.serve(fetchOf(...items), slowOut(), "t"), BrokenLiteralError)
  }
  await broken(selected, section([], "whole"))
  await broken(selected, section([], "TEXT"), { kind: "UID" })
})
