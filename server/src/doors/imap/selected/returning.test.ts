/**
 * A client that may lose its connection at any octet, on a mailbox that others change meanwhile: whatever it had heard,
 * once it has come back it knows everything (RFC 7162 §3.2).
 */

import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { opened } from "../../../privacy/test-privacy.ts"
import type { MailboxId } from "../../../store/ids.ts"
import { openTestDesk, type TestClient, type TestDesk } from "./fixtures/open-test-desk.ts"
import { ReturningClient, sortedFlags } from "./fixtures/returning-client.ts"
import { writeFlags } from "./flags.ts"

const letter = "Subject: one\r\n\r\nbody\r\n"

/** What others do. `at` chooses a message, whatever there is. */
const theirs = fc.record({
  who: fc.constant("others" as const),
  does: fc.constantFrom("arrive", "flag", "flag", "remove", "remove", "copy in", "forget"),
  at: fc.nat(20),
  keyword: fc.constantFrom("$seen", "$flagged", "work"),
})
const verbs = [
  // By number, several times: they put off what has gone.
  ...["FETCH", "FETCH", "FETCH BODY", "STORE", "STORE", "STORE SILENT", "STORE SILENT", "STORE DELETED"],
  ...[
    "NOOP",
    "IDLE",
    "UID FETCH",
    "UID STORE",
    "UID STORE SILENT",
    "STORE UNCHANGED",
    "EXPUNGE",
    "UID EXPUNGE",
  ],
  ...["MOVE", "UID MOVE", "COPY", "APPEND", "REPLACE", "SEARCH", "UID SEARCH", "STATUS"],
] as const

function oneIn<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
}

const ours = fc.record({
  who: fc.constant("client" as const),
  verb: fc.constantFrom(...verbs),
  at: fc.nat(20),
  length: fc.integer({ min: 1, max: 3 }),
  flag: fc.constantFrom("\\Seen", "\\Flagged", "work"),
  sign: fc.constantFrom("+" as const, "-" as const),
  /** The server has heard of what the others did. */
  hears: oneIn(2, fc.constant(true)),
  /** What others do at the same time. */
  meanwhile: oneIn(4, theirs),
  /** How much of the answer comes before the connection is lost; undefined: all, and it stays. */
  cut: oneIn(4, fc.double({ min: 0, max: 1, noNaN: true })),
})
type Theirs = typeof theirs extends fc.Arbitrary<infer T> ? T : never
type Ours = typeof ours extends fc.Arbitrary<infer T> ? T : never

const steps = fc.array(fc.oneof({ weight: 1, arbitrary: theirs }, { weight: 1, arbitrary: ours }), {
  minLength: 3,
  maxLength: 20,
})

test("a client whose connection is lost at any octet comes back and misses nothing", {
  timeout: 170_000,
}, async t => {
  const desk = await openTestDesk(t)
  const other = await desk.connect()
  await other.append("INBOX", letter)
  let runs = 0
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (acts, lostAtLast) => {
      const name = `box${++runs}`
      await other.say(`CREATE ${name}`)
      for (let count = 0; count < 4; count++) await other.append(name, letter)
      const box = (await other.mail.mailboxes()).find(mailbox => opened(mailbox.name) === name)
      assert.ok(box !== undefined)
      const place: Place = { desk, other, name, id: box.id }
      const model = new ReturningClient()
      let client = await comeBack(place, model)
      for (const act of acts) {
        if (act.who === "others") await disturb(place, act)
        else if (!(await perform(place, client, model, act))) client = await comeBack(place, model, act.cut)
      }
      if (!lostAtLast) {
        model.hear(await client.wake(), { idling: true })
        await askForNew(client, model)
        await assertKnowsAll(place, model)
      }
      await comeBack(place, model)
    }),
    { numRuns: 70 },
  )
})

interface Place {
  readonly desk: TestDesk
  /** Whom the others' changes come from. */
  readonly other: TestClient
  readonly name: string
  readonly id: MailboxId
}

/** `cut`: the first attempt is lost too. */
async function comeBack(place: Place, model: ReturningClient, cut = 1): Promise<TestClient> {
  if (cut < 0.5) model.hear(cutOff(await open(place, model), cut * 2).text)
  const client = await place.desk.connect("QRESYNC")
  model.begin()
  model.hear(await client.say(`SELECT ${place.name}${model.open}`))
  await askForNew(client, model)
  await assertKnowsAll(place, model)
  return client
}

async function open({ desk, name }: Place, model: ReturningClient): Promise<string> {
  model.begin()
  return await (await desk.connect("QRESYNC")).say(`SELECT ${name}${model.open}`)
}

async function askForNew(client: TestClient, model: ReturningClient): Promise<void> {
  model.hear(await client.say(`UID FETCH ${model.asked + 1}:* (FLAGS)`))
  model.learn()
}

async function assertKnowsAll({ other, id }: Place, model: ReturningClient): Promise<void> {
  const rows = new Map<number, string>()
  for await (const page of other.mail.rows(id, [{ first: 1, last: 1_000 }]))
    for (const row of page) rows.set(row.uid, sortedFlags(writeFlags(row)))
  assert.deepEqual(new Map([...model.cache].sort(([a], [b]) => a - b)), rows)
}

async function disturb({ desk, other, name, id }: Place, { does, at, keyword }: Theirs): Promise<void> {
  const { mail } = other
  if (does === "arrive") await other.append(name, letter)
  if (does === "copy in") {
    await other.say("SELECT INBOX")
    await other.say(`COPY 1 ${name}`)
  }
  if (does === "forget")
    await desk.store.transaction(async tx => {
      await tx`update mail_state set change_floor = modseq`
      await tx`delete from change where modseq <= (select change_floor from mail_state)`
    })
  const uids = (await mail.snapshot(id))?.uids ?? new Uint32Array()
  const uid = uids[at % Math.max(1, uids.length)]
  if (uid === undefined) return
  const one = [{ first: uid, last: uid }]
  const change = at % 3 === 0 ? "remove" : "add"
  if (does === "flag") await mail.store(id, one, { change, keywords: [keyword], deleted: false })
  if (does === "remove") {
    await mail.store(id, one, { change: "add", keywords: [], deleted: true })
    await mail.expunge(id, one)
  }
}

/** False where the connection was lost. */
async function perform(
  place: Place,
  client: TestClient,
  model: ReturningClient,
  act: Ours,
): Promise<boolean> {
  const { verb, at, length, flag, sign } = act
  if (act.hears === true) client.desk.selected?.changed(undefined)
  const count = model.uids.length
  const first = (at % Math.max(1, count)) + 1
  const numbers =
    count === 0 ? [] : Array.from({ length: Math.min(length, count - first + 1) }, (_, n) => first + n)
  const uids = numbers.flatMap(number => model.uids[number - 1] ?? [])
  const command = commandOf(place, act, {
    numbers: numbers.join(","),
    uids: uids.join(","),
    highest: model.highest,
  })
  if (command === undefined) return true
  const isSilent = verb.endsWith("SILENT") || verb === "STORE UNCHANGED"
  const silent = isSilent
    ? { sign: verb === "STORE UNCHANGED" ? ("+" as const) : sign, flag, uids }
    : undefined
  const asking = command === "IDLE" ? client.wake() : client.say(command)
  const disturbed = act.meanwhile === undefined ? undefined : disturb(place, act.meanwhile)
  const [whole] = await Promise.all([asking, disturbed])
  const { text, isWhole } = act.cut === undefined ? { text: whole, isWhole: true } : cutOff(whole, act.cut)
  model.hear(text, { silent, idling: command === "IDLE" && isWhole })
  return act.cut === undefined
}

function cutOff(text: string, share: number): { readonly text: string; readonly isWhole: boolean } {
  const octets = Math.round(text.length * share)
  return { text: text.slice(0, octets), isWhole: octets === text.length }
}

/** Undefined where the mailbox lacks what the command is about. */
function commandOf(
  { name }: Place,
  { verb, flag, sign }: Ours,
  { numbers, uids, highest }: { readonly numbers: string; readonly uids: string; readonly highest: number },
): string | undefined {
  const message = `{${letter.length}+}\r\n${letter}`
  switch (verb) {
    case "NOOP":
    case "IDLE":
    case "EXPUNGE":
      return verb
    case "APPEND":
      return `APPEND ${name} ${message}`
    case "STATUS":
      return `STATUS ${name} (HIGHESTMODSEQ)`
    case "SEARCH":
    case "UID SEARCH":
      return `${verb} MODSEQ 1`
  }
  if (verb.includes("UID") || verb === "STORE UNCHANGED" ? uids === "" : numbers === "") return undefined
  switch (verb) {
    case "FETCH":
      return `FETCH ${numbers} (FLAGS MODSEQ)`
    case "UID FETCH":
      return `UID FETCH ${uids} (FLAGS MODSEQ)`
    case "FETCH BODY":
      return `FETCH ${numbers} (BODY[TEXT])`
    case "STORE":
      return `STORE ${numbers} ${sign}FLAGS (${flag})`
    case "STORE SILENT":
      return `STORE ${numbers} ${sign}FLAGS.SILENT (${flag})`
    case "UID STORE":
      return `UID STORE ${uids} ${sign}FLAGS (${flag})`
    case "UID STORE SILENT":
      return `UID STORE ${uids} ${sign}FLAGS.SILENT (${flag})`
    case "STORE UNCHANGED":
      return `UID STORE ${uids} (UNCHANGEDSINCE ${highest}) +FLAGS.SILENT (${flag})`
    case "STORE DELETED":
      return `STORE ${numbers} +FLAGS (\\Deleted)`
    case "UID EXPUNGE":
      return `UID EXPUNGE ${uids}`
    case "MOVE":
      return `MOVE ${numbers} Trash`
    case "UID MOVE":
      return `UID MOVE ${uids} Trash`
    case "COPY":
      return `COPY ${numbers} ${name}`
    case "REPLACE":
      return `REPLACE ${numbers.split(",")[0]} ${name} ${message}`
  }
}
