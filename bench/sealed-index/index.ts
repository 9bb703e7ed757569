/**
 * The sealed index: octets and CPU of each message, memory and delay of merges, lists and searches of a session that
 * has just begun. `--messages N`: 100,000; `--rounds N`: questions of each kind, 20.
 */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { foldText, scanMessage } from "@letterkeep/mime"
import { prepareEntry } from "../../server/src/messages/index.ts"
import {
  type AccountIndex,
  type IndexField,
  indexFields,
  openSealedIndex,
  type Question,
} from "../../server/src/messages/sealed-index/index.ts"
import type { EmailId } from "../../server/src/store/index.ts"
import { median, quantile } from "../measure/quantile.ts"
import { type BenchOptions, type BenchResult, numberOption } from "../measure/result.ts"
import { type BenchHouse, openBenchHouse } from "./house.ts"
import { createLetters, type Letters } from "./letters.ts"

export async function run(options: BenchOptions): Promise<BenchResult> {
  const messages = numberOption(options, "messages", 100_000)
  const rounds = numberOption(options, "rounds", 20)
  const away = Math.min(10_000, Math.floor(messages / 10))
  const letters = createLetters()
  const house = await openBenchHouse()
  try {
    await house.receive(range(letters, 0, messages - away))
    const merged = await measureMerge(house, messages - away)
    await house.receive(range(letters, messages - away, messages))
    const back = await measureReturn(house, letters, messages)
    await mergeAll(house)
    await house.store.sql`vacuum analyze`
    const size = await measureSize(house, letters, messages)
    const lists = await measureLists(house, messages, rounds)
    const searches = await measureSearches(house, letters, messages, rounds)
    return {
      name: "sealed-index",
      tables: [size, merged, back, lists, searches],
      notes: [
        `${messages} messages of 144 words in one account; every question is a fresh session's first, its sign-in not counted.`,
        "CPU is that of this process with its threads, without Postgres.",
      ],
    }
  } finally {
    await house.close()
  }
}

function* range(letters: Letters, from: number, to: number): Iterable<Buffer> {
  for (let at = from; at < to; at++) yield letters.letter(at)
}

async function withIndex<T>(house: BenchHouse, work: (index: AccountIndex) => Promise<T>): Promise<T> {
  const index = openSealedIndex(house)
  const session = await house.signIn()
  try {
    return await work(index.forSession(session))
  } finally {
    await index.close()
    session.close()
  }
}

const mergeAll = (house: BenchHouse): Promise<void> => withIndex(house, index => index.merge())

async function measureMerge(house: BenchHouse, messages: number) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 20)
  delay.enable()
  const [cpu, startedAt] = [process.cpuUsage(), performance.now()]
  await mergeAll(house)
  const took = performance.now() - startedAt
  const used = process.cpuUsage(cpu)
  delay.disable()
  clearInterval(watch)
  return {
    title: `merging ${messages} entries into segments of all levels`,
    columns: ["seconds", "CPU µs a message", "loop delay p99 ms", "loop delay most ms", "memory more, MB"],
    rows: [
      [
        took / 1000,
        (used.user + used.system) / messages,
        delay.percentile(99) / 1e6,
        delay.max / 1e6,
        (peak - before) / 1e6,
      ],
    ],
  }
}

async function measureReturn(house: BenchHouse, letters: Letters, messages: number) {
  const time = async (work: (index: AccountIndex) => Promise<unknown>): Promise<number> =>
    withIndex(house, async index => {
      const startedAt = performance.now()
      await work(index)
      return performance.now() - startedAt
    })
  const page = await time(index => showAll(index, emailsFrom(messages - 49, messages)))
  const search = await time(index => index.find(everywhere(letters.word(5_000))))
  const merge = await time(index => index.merge())
  return {
    title: "after an absence of 10,000 messages (a tenth of all, if fewer)",
    columns: ["first page of 50, ms", "complete search, ms", "merged, ms"],
    rows: [[page, search, merge]],
  }
}

async function measureSize({ store, account }: BenchHouse, letters: Letters, messages: number) {
  const samples = Array.from({ length: 2_000 }, (_, at) => letters.letter(at))
  const scans = samples.map(letter => scanMessage(letter))
  for (const scan of scans) prepareEntry(scan)(0, { kind: "accept", reasons: [] })
  const startedAt = performance.now()
  let octets = 0
  for (const scan of scans) octets += prepareEntry(scan)(0, { kind: "accept", reasons: [] }).length
  const entryMicros = ((performance.now() - startedAt) * 1000) / samples.length
  const kinds = await store.sql<{ kind: number; bytes: number }[]>`
    select kind, sum(octet_length(data))::bigint as bytes from idx_page where account_id = ${account}
    group by kind order by kind`
  const [roots] = await store.sql<{ bytes: number; segments: number }[]>`
    select sum(octet_length(root))::bigint as bytes, count(*) as segments from idx_segment`
  const of = (kind: number) => (kinds.find(row => row.kind === kind)?.bytes ?? 0) / messages
  const root = (roots?.bytes ?? 0) / messages
  return {
    title: "octets of each message",
    columns: [
      "entry",
      "entry, CPU µs",
      "index in all",
      "summaries",
      "terms",
      "info",
      "lists",
      "texts",
      "grams",
      "roots",
      "segments",
    ],
    rows: [
      [
        octets / samples.length,
        entryMicros,
        of(1) + of(2) + of(3) + of(4) + of(5) + of(6) + root,
        of(1),
        of(2),
        of(3),
        of(4),
        of(5),
        of(6),
        root,
        roots?.segments ?? 0,
      ],
    ],
  }
}

function emailsFrom(first: number, last: number): EmailId[] {
  // The numbers of an account's messages begin at 1.
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) as EmailId)
}

async function showAll(index: AccountIndex, emails: readonly EmailId[]): Promise<number> {
  let shown = 0
  for await (const page of index.summaries(emails)) shown += page.filter(one => one !== undefined).length
  return shown
}

async function measureLists(house: BenchHouse, messages: number, rounds: number) {
  const count = Math.min(1_000, messages)
  const scattered = (round: number) =>
    Array.from({ length: count }, (_, at) => Math.floor((at * messages) / count) + 1 + (round % 7)).filter(
      email => email <= messages,
    ) as EmailId[]
  const inRow = (round: number) => {
    const first = 1 + Math.floor((round * (messages - count)) / rounds)
    return emailsFrom(first, first + count - 1)
  }
  const rows: (string | number)[][] = []
  for (const [name, emailsOf] of [
    ["one after the other", inRow],
    ["scattered over all", scattered],
  ] as const) {
    const [cold, warm]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++)
      await withIndex(house, async index => {
        for (const times of [cold, warm]) {
          const startedAt = performance.now()
          await house.privacy.gate("mail.read", { kind: "account", account: house.account }, async permit => {
            let octets = 0
            for await (const page of index.summaries(emailsOf(round)))
              for (const one of page) octets += one?.open(permit).envelope.length ?? 0
            if (octets === 0) throw new Error("nothing was shown")
          })
          times.push(performance.now() - startedAt)
        }
      })
    rows.push([name, median(cold), quantile(cold, 0.95), median(warm)])
  }
  return {
    title: `envelopes of ${count} messages, ms`,
    columns: ["which", "first, p50", "first, p95", "again, p50"],
    rows,
  }
}

const everywhere = (text: string): Question => ({ fields: indexFields, text: foldText(text) })
const inFields = (text: string, ...fields: IndexField[]): Question => ({ fields, text: foldText(text) })

async function measureSearches(house: BenchHouse, letters: Letters, messages: number, rounds: number) {
  const { word, address } = letters
  const kinds: readonly (readonly [string, (round: number) => Question])[] = [
    ["rare word", round => everywhere(word(60_000 + round * 997))],
    ["order number", round => everywhere(String(1_000_000 + ((round * 7_919) % messages) * 3))],
    ["common word", round => everywhere(word(3 + round))],
    ["word of the body", round => inFields(word(2_000 + round * 31), "body")],
    ["phrase of common words", round => everywhere(`${word(20 + round)} ${word(5 + round)}`)],
    ["phrase of the body", round => inFields(`${word(900 + round)} ${word(50 + round)}`, "body")],
    ["beginning of a word", round => everywhere(word(9_000 + round * 13).slice(0, 5))],
    ["inside a word", round => everywhere(word(40_000 + round * 17).slice(1, 6))],
    ["part of an address", round => inFields(address(round * 11).slice(2, 14), "from")],
    ["subject", round => inFields(word(1_000 + round * 7), "subject")],
    ["Message-ID", round => inFields(((round * 48_271 * 13) % messages).toString(36), "message-id")],
    ["header's name", () => ({ headerName: "list-id" })],
  ]
  const rows: (string | number)[][] = []
  for (const [name, questionOf] of kinds) {
    const times: number[] = []
    const again: number[] = []
    const sure: number[] = []
    const perhaps: number[] = []
    const cpus: number[] = []
    const delays: number[] = []
    for (let round = 0; round < rounds; round++)
      await withIndex(house, async index => {
        const delay = monitorEventLoopDelay({ resolution: 1 })
        delay.enable()
        for (const each of [times, again]) {
          const [cpu, startedAt] = [process.cpuUsage(), performance.now()]
          const found = await index.find(questionOf(round))
          each.push(performance.now() - startedAt)
          if (each === again) continue
          const used = process.cpuUsage(cpu)
          cpus.push((used.user + used.system) / 1000)
          sure.push(found.sure.length)
          perhaps.push(found.perhaps.length)
        }
        delay.disable()
        delays.push(delay.max / 1e6)
      })
    rows.push([
      name,
      median(times),
      quantile(times, 0.95),
      median(again),
      median(cpus),
      median(sure),
      median(perhaps),
      quantile(delays, 0.95),
    ])
  }
  return {
    title: `searches of ${messages} messages, ms`,
    columns: [
      "what",
      "first, p50",
      "first, p95",
      "again, p50",
      "first, CPU",
      "sure",
      "perhaps",
      "loop delay p95",
    ],
    rows,
  }
}
