import assert from "node:assert/strict"
import { test } from "node:test"
import {
  addressText,
  attachmentNames,
  decodeWords,
  fieldText,
  foldText,
  mailboxesOf,
  parseAddressList,
  parseDate,
  scanMessage,
  textOf,
} from "@letterkeep/mime"
import fc from "fast-check"
import { systemChance } from "../../ports/chance.ts"
import { silentLog } from "../../ports/log.ts"
import { mailContent } from "../../privacy/index.ts"
import { asId, type MailboxId, type ModSeq, type ThreadId } from "../../store/index.ts"
import type { Criterion } from "../criteria.ts"
import type { Mail } from "../mail.ts"
import { everything, incoming, mailboxNamed, openTestMail, rowsOf, type TestMail } from "../open-test-mail.ts"
import { readOwnTrace } from "../own-trace.ts"
import { type AccountIndex, openSealedIndex } from "../sealed-index/index.ts"
import { createSearch } from "./search.ts"
import { type IndexedMessage, looseIndex } from "./test-index.ts"

const never = new AbortController().signal

const trace =
  "Return-Path: <c@far.test>\r\nReceived: from far.test\r\n\tby mx.near.test with ESMTP\r\nX-Letterkeep-Screening: accept\r\n"

const messages: readonly string[] = [
  `${trace}From: =?utf-8?q?J=C3=B6rg?= <j@far.test>\r\nTo: a@near.test\r\nTo: b@near.test\r\nSubject: Hello there\r\nDate: 31 Jan 2026 23:30 -0800\r\n\r\nThe quick brown fox\r\n`,
  "From: anna@near.test\r\nCc: Ben <b@near.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: 1 Feb 2026\r\nX-Mailer: Pigeon 2\r\n\r\nThe quick\r\nbrown fox\r\n",
  'From: x@y\r\nSubject: Files\r\nMessage-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nsee below\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="Rechnung fox.pdf"\r\n\r\nAAAA\r\n--b--\r\n',
  "Subject:\r\nX-Empty:\r\n\r\n",
  "\r\nno header at all, fox\r\n",
  `References: <1@x> <2@x>\r\nFrom: "Doe, \\"J\\"  Odd" (away) < j . odd (comment) @ (comment) far.test >\r\nSender: late (Late\r\n Bird) @ far.test\r\nIn-Reply-To: <2@x>\r\nBcc: secret@far.test\r\nDate: never\r\nX-Mailer: Crow\r\nX-Mailer: Pigeon\r\n\r\n${"filler ".repeat(6_000)}the very end: fox\r\n`,
]

/** Numbers from 0 to 1 that look like chance and are the same each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

async function openSearched(t: Parameters<typeof openTestMail>[0]) {
  const house = await openTestMail(t)
  const { account, mail, session } = await house.addAccount()
  const inbox = (await mailboxNamed(mail, "INBOX")).id
  const search = async (
    criterion: Criterion,
    { signal = never, from = {}, chance = seeded(1), ...asking }: Asking = {},
  ) => {
    const snapshot = await mail.snapshot(inbox)
    assert.ok(snapshot)
    const index = asking.index ?? looseIndex(await indexed(house, mail, inbox), chance)
    const run = createSearch({ store: house.store, account, index, mail: { ...mail, ...from } })
    return await house.privacy.gate("mail.read", { kind: "account", account }, permit =>
      run(snapshot, mailContent(criterion, account), permit, signal),
    )
  }
  return { house, mail, inbox, search, session }
}

interface Asking {
  readonly signal?: AbortSignal
  /** In the place of what the mail gives. */
  readonly from?: Partial<Mail>
  /** In the place of the loose one. */
  readonly index?: Pick<AccountIndex, "findEach" | "summaries">
  readonly chance?: () => number
}

async function indexed(house: TestMail, mail: Mail, mailbox: MailboxId) {
  const bodies = await house.bodiesOf(mail, mailbox)
  const rows = await rowsOf(mail, mailbox)
  return rows.map((row): IndexedMessage => {
    const bytes = bodies.get(row.uid) ?? Buffer.alloc(0)
    return { row, bytes, traceBytes: readOwnTrace(bytes).traceBytes }
  })
}

/** What RFC 9051 and criteria.ts say, message by message. */
function matches({ row, bytes }: IndexedMessage, criterion: Criterion): boolean {
  const one = { row, bytes, traceBytes: 0 }
  const scan = scanMessage(bytes)
  const inText = (text: string, value: string) => foldText(text).includes(foldText(value))
  const headerTexts = (name: string): readonly string[] => {
    const all = scan.root.fields.filter(field => field.name === name).map(field => fieldText(bytes, field))
    if (["to", "cc", "bcc"].includes(name)) return all.length === 0 ? [] : [all.filter(Boolean).join(", ")]
    return single.includes(name) ? all.slice(0, 1) : all
  }
  const inHeader = (name: string, value: string) =>
    headerTexts(name).some(
      text => inText(decodeWords(text), value) || shown(name, text).some(one => inText(one, value)),
    )
  const shown = (name: string, text: string) =>
    addresses.includes(name)
      ? mailboxesOf(parseAddressList(text)).flatMap(one => [decodeWords(one.name ?? ""), addressText(one)])
      : []
  const inBody = (value: string) => inText(textOf(scan, 1e9), value)
  const within = (
    time: number | undefined,
    { from, before }: { from: number | undefined; before: number | undefined },
  ) => time !== undefined && (from === undefined || time >= from) && (before === undefined || time < before)
  switch (criterion.kind) {
    case "all":
      return true
    case "and":
      return criterion.of.every(each => matches(one, each))
    case "or":
      return criterion.of.some(each => matches(one, each))
    case "not":
      return !matches(one, criterion.of)
    case "uids":
      return criterion.ranges.some(({ first, last }) => row.uid >= first && row.uid <= last)
    case "keyword":
      return row.keywords.includes(criterion.keyword)
    case "deleted":
      return row.deleted
    case "header":
      return inHeader(criterion.field, criterion.value)
    case "body":
      return inBody(criterion.value)
    case "text":
      return (
        inBody(criterion.value) ||
        criterion.value === "" ||
        [...single, "to", "cc", "bcc"].some(name => inHeader(name, criterion.value)) ||
        inText(attachmentNames(scan).join("\n"), criterion.value)
      )
    case "time": {
      if (criterion.of === "received") return within(row.receivedAt, criterion)
      if (criterion.of === "saved") return within(row.savedAt, criterion)
      const [date = ""] = headerTexts("date")
      const read = parseDate(date) ?? parseDate(`${date} 00:00:00`)
      return within(read === undefined ? undefined : read.ms + read.offsetMinutes * 60_000, criterion)
    }
    case "size":
      return row.size > (criterion.over ?? -1) && row.size < (criterion.under ?? Infinity)
    case "modseq":
      return row.modseq >= criterion.from
    case "email":
      return row.email === criterion.email
    case "thread":
      return row.thread === criterion.thread
  }
}

const addresses = ["from", "sender", "reply-to", "to", "cc", "bcc"]
const single = ["date", "subject", "from", "sender", "reply-to", "in-reply-to", "message-id", "references"]

const day = 86_400_000
const february = Date.UTC(2026, 1, 1)

const text = fc.constantFrom(
  ...["", "fox", "quick brown", "quick\nbrown", "FOX", "the", "ß", "grü", "jörg", "b@near", "near.test, b"],
  ...["j.odd@far.test", 'doe, "j"  o', "late@far", "late bird", "away", "comment", "odd (c"],
  ...["1@x", "rechnung", "pdf", "pigeon", "2026", "secret", "filler filler", "end: fox", "nowhere", " "],
)
const field = fc.constantFrom(
  ...["subject", "from", "to", "cc", "bcc", "date", "message-id", "references", "sender"],
  ...["x-mailer", "x-empty", "received", "return-path", "content-type", "list-id"],
)
const bound = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const time = bound(fc.integer({ min: -3, max: 3 }).map(days => february + days * day))
const small = bound(fc.integer({ min: 0, max: 400 }))

const leaf: fc.Arbitrary<Criterion> = fc.oneof(
  fc.constant<Criterion>({ kind: "all" }),
  fc.constant<Criterion>({ kind: "deleted" }),
  fc
    .constantFrom("$seen", "work", "nobody", "no atom")
    .map(keyword => ({ kind: "keyword", keyword }) as const),
  fc.record({ kind: fc.constant("header" as const), field, value: text }),
  fc.record({ kind: fc.constantFrom("text" as const, "body" as const), value: text }),
  fc.record({
    kind: fc.constant("time" as const),
    of: fc.constantFrom("received" as const, "saved" as const, "sent" as const),
    from: time,
    before: time,
  }),
  fc.record({ kind: fc.constant("size" as const), over: small, under: small }),
  fc.integer({ min: 0, max: 12 }).map(from => ({ kind: "modseq", from: asId<ModSeq>(from) }) as const),
  fc.integer({ min: 1, max: 9 }).map(id => ({ kind: "email", email: asId(id) }) as Criterion),
  fc.integer({ min: 1, max: 9 }).map(id => ({ kind: "thread", thread: asId<ThreadId>(id) }) as const),
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 4 })), { maxLength: 3 })
    .map(
      ranges =>
        ({ kind: "uids", ranges: ranges.map(([first, more]) => ({ first, last: first + more })) }) as const,
    ),
)
const criterion: fc.Arbitrary<Criterion> = fc.letrec<{ criterion: Criterion }>(tie => ({
  criterion: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      of: fc.array(tie("criterion"), { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant("not" as const), of: tie("criterion") }),
  ),
})).criterion

/** An inbox with gaps, and with emails that do not ascend with its UIDs. */
async function fillInbox({ house, mail, inbox }: Awaited<ReturnType<typeof openSearched>>) {
  for (const [at, message] of messages.entries())
    await house.append(
      mail,
      "INBOX",
      incoming(Buffer.from(message), {
        receivedAt: february + (at - 2) * day,
        keywords: at % 2 ? ["$seen"] : [],
      }),
    )
  await mail.store(inbox, [{ first: 2, last: 3 }], { change: "add", keywords: ["work"], deleted: true })
  await house.append(mail, "Archive", incoming(Buffer.from(messages[0] ?? "")))
  await house.append(mail, "INBOX", incoming(Buffer.from(messages[1] ?? "")))
  await mail.move((await mailboxNamed(mail, "Archive")).id, everything, "INBOX")
  await mail.expunge(inbox, [{ first: 3, last: 3 }])
  const all = await indexed(house, mail, inbox)
  assert.equal(all.length, 7)
  return all
}

test("finds what a look at every message finds, whatever is asked", async t => {
  const searched = await openSearched(t)
  const all = await fillInbox(searched)
  await fc.assert(
    fc.asyncProperty(criterion, fc.nat(), async (asked, seed) => {
      const expected = all.filter(one => matches(one, asked)).map(({ row }) => row.uid)
      assert.deepEqual([...(await searched.search(asked, { chance: seeded(seed) })).uids], expected)
    }),
    { numRuns: 400 },
  )
})

test("finds the same by the sealed index, before it has merged anything and after", async t => {
  const searched = await openSearched(t)
  const { house, session } = searched
  const all = await fillInbox(searched)
  const { store, vaults, privacy, clock } = house
  const sealed = openSealedIndex({
    ...{ store, vaults, privacy, clock, chance: systemChance, log: silentLog },
    limits: { levels: [4, 8, 16], fan: 2 },
  })
  t.after(() => sealed.close())
  const index = sealed.forSession(session)
  for (const state of ["entries", "segments"]) {
    if (state === "segments") await index.merge()
    for (const value of ["j.odd@far.test", 'doe, "j"  odd', "late@far.test", "late bird", "(comment)"]) {
      const { uids } = await searched.search({ kind: "text", value }, { index })
      assert.deepEqual([...uids], [6], `${value} in ${state}`)
    }
    await fc.assert(
      fc.asyncProperty(criterion, async asked => {
        const expected = all.filter(one => matches(one, asked)).map(({ row }) => row.uid)
        assert.deepEqual([...(await searched.search(asked, { index })).uids], expected, state)
      }),
      { numRuns: 150 },
    )
  }
})

test("finds addresses as programs show them, and as they are written", async t => {
  const searched = await openSearched(t)
  await fillInbox(searched)
  const find = async (field: string, value: string) => [
    ...(await searched.search({ kind: "header", field, value })).uids,
  ]
  assert.deepEqual(await find("from", "j.odd@far.test"), [6])
  assert.deepEqual(await find("from", 'Doe, "J"  Odd'), [6])
  assert.deepEqual(await find("from", "(comment)"), [6])
  assert.deepEqual(await find("sender", "late@far.test"), [6])
  assert.deepEqual(await find("sender", "Late Bird"), [6])
  assert.deepEqual(await find("subject", "j.odd@far.test"), [])
})

test("tells the newest change of what it found, where it was asked by modseq", async t => {
  const { house, mail, inbox, search } = await openSearched(t)
  for (const message of messages) await house.append(mail, "INBOX", incoming(Buffer.from(message)))
  await mail.store(inbox, [{ first: 2, last: 2 }], { change: "add", keywords: ["$seen"], deleted: false })
  const rows = await rowsOf(mail, inbox)
  const from = rows.find(({ uid }) => uid === 4)?.modseq
  assert.ok(from)
  const found = await search({
    kind: "and",
    of: [
      { kind: "modseq", from },
      { kind: "not", of: { kind: "keyword", keyword: "$seen" } },
    ],
  })
  assert.deepEqual([...found.uids], [4, 5, 6])
  assert.equal(found.modseq, rows.find(({ uid }) => uid === 6)?.modseq)
  const nothing = await search({ kind: "modseq", from: asId(1_000) })
  assert.deepEqual([[...nothing.uids], nothing.modseq], [[], 0])
})

test("what rows tell opens no message, and a text asks only about what rows have left", async t => {
  const { house, mail, search } = await openSearched(t)
  for (const message of messages) await house.append(mail, "INBOX", incoming(Buffer.from(message)))
  const closed: Partial<Mail> = {
    body: () => assert.fail("a body was opened"),
    bodies: () => assert.fail("bodies were opened"),
  }
  const rows: Criterion = {
    kind: "and",
    of: [
      { kind: "keyword", keyword: "nobody" },
      { kind: "text", value: "fox" },
    ],
  }
  assert.deepEqual([...(await search(rows, { from: closed })).uids], [])
})

test("ends when it is told to", async t => {
  const { house, mail, search } = await openSearched(t)
  for (const message of messages) await house.append(mail, "INBOX", incoming(Buffer.from(message)))
  const ended = AbortSignal.abort(new Error("enough"))
  await assert.rejects(search({ kind: "body", value: "fox" }, { signal: ended }), /enough/)
})

test("a message that goes while it is looked at is not found, and stops nothing", async t => {
  const { house, mail, inbox, search } = await openSearched(t)
  for (const message of messages) await house.append(mail, "INBOX", incoming(Buffer.from(message)))
  // Nothing is sure.
  const chance = () => 0.9
  const goingAway: Partial<Mail> = {
    async *bodies(mailbox, uids) {
      await mail.store(inbox, [{ first: 1, last: 1 }], { change: "add", keywords: [], deleted: true })
      await mail.expunge(inbox)
      yield* mail.bodies(mailbox, uids)
    },
    async *body(body, from, to) {
      await mail.store(inbox, [{ first: 2, last: 2 }], { change: "add", keywords: [], deleted: true })
      await mail.expunge(inbox)
      yield* mail.body(body, from, to)
    },
  }
  assert.deepEqual(
    [...(await search({ kind: "body", value: "fox" }, { from: goingAway, chance })).uids],
    [2, 5, 6],
  )
  const byHeader = await search(
    { kind: "header", field: "x-mailer", value: "pigeon" },
    { from: goingAway, chance },
  )
  assert.deepEqual([...byHeader.uids], [6])
})
