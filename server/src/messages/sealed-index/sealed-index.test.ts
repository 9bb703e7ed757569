import assert from "node:assert/strict"
import { test } from "node:test"
import { foldText } from "@letterkeep/mime"
import fc from "fast-check"
import { makeHolder } from "../../vaults/open-test-vaults.ts"
import type { Question } from "./contract.ts"
import { type IndexField, indexFields } from "./fields.ts"
import { everywhere, openTestIndex, smallLimits } from "./open-test-index.ts"

const letter = (n: number, text = `Letter number ${n}`): string =>
  [
    `From: "Anna Writer" <anna${n % 3}@near.test>`,
    "To: ben@far.test, Carla <carla@far.test>",
    `Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= ${n}`,
    `Message-ID: <${n}@near.test>`,
    `In-Reply-To: <answer.${n % 5}@${n % 2 === 0 ? "far" : "near"}.test>`,
    ...(n % 2 === 0 ? ["X-Even: yes"] : []),
    "",
    `${text}`,
    "",
  ].join("\r\n")

const letters = (count: number, from = 1) => Array.from({ length: count }, (_, at) => letter(from + at))

const questions: readonly Question[] = [
  ...[
    "letter",
    "etter num",
    "number 1",
    "1",
    "anna1@near",
    "writer",
    "grüße 2",
    "nothing of it",
    "<7@near.test>",
    // Its left half is in messages that do not have all of it, and is in one question a part of others.
    "<answer.1@near.test>",
    "nswer.2@far",
    "answer.3@",
    ",",
  ].map(everywhere),
  { fields: ["from"], text: "anna2@near.test" },
  { fields: ["to"], text: "test, carla" },
  { fields: ["subject"], text: foldText("Grüße 1") },
  { fields: ["subject"], text: foldText("rüß") },
  { fields: ["subject"], text: foldText("e 1") },
  { fields: ["subject", "message-id"], text: "1" },
  { fields: ["subject"], text: "letter" },
  { fields: ["in-reply-to"], text: "<answer.4@near.test>" },
  { fields: ["body"], text: "" },
  { headerName: "x-even" },
  { headerName: "bcc" },
]

test("many entries become segments of the second level at once, and find the same", async t => {
  const { addAccount, store, openAnother } = await openTestIndex(t, { ...smallLimits, manyEntries: 20 })
  const anna = await addAccount()
  // Nobody is there to merge what comes as it comes.
  await anna.receive(...letters(50))
  const index = openAnother()
  const first = index.forSession(await anna.signIn())
  await first.merge()
  const segments = await store.sql<{ level: number; docs: number }[]>`
    select level, docs from idx_segment order by lo`
  assert.deepEqual(
    segments.map(({ level, docs }) => `${level}:${docs}`),
    ["1:20", "1:20", "0:8"],
  )
  for (const question of questions) await anna.check(first, question)
  await index.close()
  await anna.receive(...letters(20, 51))
  const second = openAnother().forSession(await anna.signIn())
  await second.merge()
  const [large] = await store.sql<{ level: number; docs: number }[]>`
    select level, docs from idx_segment order by lo`
  assert.deepEqual({ ...large }, { level: 2, docs: 68 })
  for (const question of questions) await anna.check(second, question)
})

test("an entry that does not open keeps none of the many behind it from becoming one segment", async t => {
  const { addAccount, store, vaults, index } = await openTestIndex(t, { ...smallLimits, manyEntries: 20 })
  const anna = await addAccount()
  await anna.receive(letter(0))
  const later = makeHolder(2)
  await store.transaction(async tx => {
    const key = await vaults.newGeneration(tx, anna.account)
    await vaults.addWraps(tx, anna.account, later, [key])
  })
  vaults.generationBegan(anna.account)
  await anna.receive(...letters(40))
  await index.forSession(await anna.signIn(later)).merge()
  const segments = await store.sql<{ level: number; docs: number }[]>`
    select level, docs from idx_segment order by lo`
  assert.deepEqual(
    segments.map(({ level, docs }) => `${level}:${docs}`),
    ["1:20", "1:20"],
  )
})

test("shows and finds the same before, between and after merges, and once more for another session", async t => {
  const { index, addAccount, store, openAnother } = await openTestIndex(t)
  const anna = await addAccount()
  const session = await anna.signIn()
  const first = index.forSession(session)
  const subjects = async (mine = first) => {
    const emails = [...anna.messages.keys()]
    return await anna.show(mine, emails, summary => [
      summary.email,
      summary.fields().subject,
      summary.preview,
    ])
  }
  const check = async (mine = first) => {
    for (const question of questions) await anna.check(mine, question)
    const shown = await subjects(mine)
    assert.deepEqual(
      shown.map(one => one?.[0]),
      [...anna.messages.keys()],
    )
    assert.ok(shown.every(one => /Letter number/.test(String(one?.[2]))))
  }
  await check()
  await anna.receive(...letters(5))
  await check()
  await anna.receive(...letters(20, 6))
  await check()
  await first.merge()
  const levels = async () =>
    (await store.sql<{ level: number; docs: number }[]>`select level, docs from idx_segment order by lo`).map(
      row => `${row.level}:${row.docs}`,
    )
  assert.deepEqual(await levels(), ["1:24"])
  await check()
  await anna.receive(...letters(100, 26))
  await check()
  await first.merge()
  assert.deepEqual(await levels(), ["2:72", "1:24", "1:24"])
  const [left] = await store.sql<{ n: number }[]>`select count(*) as n from idx_entry`
  assert.equal(left?.n, 5)
  await check()
  await check(openAnother().forSession(await anna.signIn()))
})

test("words, phrases, parts of an address and subjects are answered for sure", async t => {
  const { index, addAccount } = await openTestIndex(t)
  const anna = await addAccount()
  await anna.receive(...letters(24))
  const mine = index.forSession(await anna.signIn())
  await mine.merge()
  for (const [question, sure, perhaps] of [
    [everywhere("etter"), 24, 0],
    [everywhere("nna1@near.te"), 8, 0],
    [everywhere("grüße 2"), 6, 0],
    [{ fields: ["from"], text: '"anna writer" <anna0@near.test>' }, 8, 0],
    [{ fields: ["message-id"], text: "<7@near.test>" }, 0, 1],
    // Five begin like this; where bodies would be opened for them, the end is asked too.
    [{ fields: ["in-reply-to"], text: "<answer.1@far.test>" }, 0, 5],
    [everywhere("<answer.1@far.test>"), 0, 2],
    [{ fields: ["body"], text: "letter number" }, 24, 0],
    [{ fields: ["body"], text: "tter number 2" }, 6, 0],
    [{ fields: ["body"], text: "number letter" }, 0, 0],
    [{ fields: ["body", "attachment"], text: " " }, 24, 0],
    [{ fields: ["to"], text: "test, carla" }, 0, 24],
    [{ fields: ["body", "from"], text: "" }, 0, 24],
    [{ headerName: "x-even" }, 12, 0],
    [{ headerName: "x-odd" }, 0, 0],
  ] as const)
    assert.deepEqual(await anna.check(mine, question), { sure, perhaps }, JSON.stringify(question))
})

test("shows of a message what IMAP sends of it, merged or not", async t => {
  const { index, addAccount } = await openTestIndex(t)
  const anna = await addAccount()
  await anna.receive(...letters(8))
  const mine = index.forSession(await anna.signIn())
  const show = () =>
    anna.show(mine, [...anna.messages.keys()], one => ({
      email: one.email,
      bodyId: one.bodyId,
      octets: [one.traceBytes, one.messageBytes],
      cut: one.cut,
      fields: one.fields(),
      structure: one.structure(),
      screening: one.screening(),
      wire: [one.envelope, one.body, one.bodyStructure, one.preview],
    }))
  const before = await show()
  await mine.merge()
  assert.deepEqual(await show(), before)
  assert.match(
    before[0]?.wire[0] ?? "",
    /^\(NIL "=\?utf-8\?q\?Gr=C3=BC=C3=9Fe\?= 1" \(\("Anna Writer" NIL "anna1"/,
  )
  assert.deepEqual(before[0]?.screening.reasons, [{ code: "x", sentence: "Of course." }])
})

test("any messages: what matches is found, what is sure matches, merged or not", async t => {
  const { index, addAccount } = await openTestIndex(t, { levels: [4, 8, 16], fan: 2, filterBytes: 0 })
  const words = fc.constantFrom(
    ...[
      "alpha",
      "beta",
      "Alphabet",
      "é",
      "e\u0301",
      "漢字文化",
      "字文",
      "ﬁn",
      "x".repeat(150),
      "日",
      "1a",
      "a",
      ",",
    ],
  )
  const text = fc
    .array(fc.tuple(words, fc.constantFrom(" ", "", "-", "\r\n", ", ", "@")), { maxLength: 6 })
    .map(pairs => pairs.flat().join(""))
  const header = (name: string) =>
    fc.option(
      text.map(value => `${name}: ${value.replaceAll("\r\n", " ")}\r\n`),
      { nil: "" },
    )
  const message = fc
    .tuple(header("Subject"), header("From"), header("To"), header("Comments"), text)
    .map(([subject, from, to, comments, body]) => `${subject}${from}${to}${comments}\r\n${body}`)
  const fields = fc.subarray<IndexField>([...indexFields], { minLength: 1 })
  const question: fc.Arbitrary<Question> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fields, text).map(([of, value]) => ({ fields: of, text: foldText(value) })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom("subject", "comments", "from").map(headerName => ({ headerName })),
    },
  )
  let round = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 20 }),
      fc.array(question, { minLength: 10, maxLength: 10 }),
      fc.infiniteStream(fc.nat()),
      async (messages, asked, chance) => {
        const account = await addAccount()
        await account.receive(...messages)
        const mine = index.forSession(await account.signIn())
        if (round++ % 4 > 0) await mine.merge()
        const gone = [...account.messages.keys()].filter(() => (chance.next().value ?? 0) % 7 === 0)
        await account.destroy(...gone)
        if (round % 2 === 0) await mine.merge()
        for (const one of asked) await account.check(mine, one)
        // Parts of what is there, too.
        for (const body of account.messages.values()) {
          const found = foldText(body.toString()).slice(-((chance.next().value ?? 0) % 12) - 1)
          await account.check(mine, { fields: ["body"], text: found })
        }
        const emails = [...account.messages.keys(), ...gone]
        const shown = await account.show(mine, emails, one => one.email)
        assert.deepEqual(
          shown,
          emails.map(email => (gone.includes(email) ? undefined : email)),
        )
      },
    ),
    { numRuns: 25 },
  )
})
