import { performance } from "node:perf_hooks"
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { converse, openReceiver, type Piece } from "./fixtures/converse.ts"
import { dialogueLimits, dialogues } from "./fixtures/dialogues.ts"

/**
 * Feeds the receiver random and mutated dialogues for a while: `node packages/smtp/soak.ts --seconds 600`.
 * Fails (exit code 1) when it throws, when a cut changes what it says, when it holds more input than one piece
 * and one line, or when the heap grows. Prints one line of JSON. A seed (`--seed 1`) makes a run repeatable.
 */
const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } })
const seconds = Number(values.seconds ?? "10")
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const random = numbers(seed)

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void
const heapNow = (): number => {
  collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

/** What smuggling is made of, and words that change the state. */
const marks = [
  "\r",
  "\n",
  ".",
  "\r\n.\r\n",
  "\n.\n",
  "BDAT 5\r\n",
  "DATA\r\n",
  "RSET\r\n",
  "STARTTLS\r\n",
  "\xff",
  "\0",
]

/** Bytes that the heap may differ by between the end of the warm-up and the end: noise of the runtime. */
const allowedGrowth = 4_000_000
/** One receiver that lives as long as the soak: what it leaks would add up. */
let longLived = openReceiver({ limits: { errors: 1e9, idleCommands: 1e9, transactions: 1e9 } })

const startedAt = performance.now()
const warmUntil = startedAt + Math.min(30, seconds / 4) * 1_000
const until = startedAt + seconds * 1_000
let heapAfterWarmUp: number | undefined
let heapPeak = 0
let dialoguesFed = 0
let octetsFed = 0
let requests = 0

for (; performance.now() < until; dialoguesFed += 1) {
  const bytes = nextInput()
  octetsFed += bytes.length
  const pieces = cutAtRandom(bytes)
  const rules = { limits: dialogueLimits }
  const seen = converse(pieces, rules)
  requests += seen.requests.length
  const whole = converse([bytes], rules)
  if (JSON.stringify(seen) !== JSON.stringify(whole)) fail("a cut changed what was said", bytes)
  feedLongLived(bytes)
  if (dialoguesFed % 2_000 !== 0) continue
  const heap = heapNow()
  if (performance.now() > warmUntil) heapAfterWarmUp ??= heap
  heapPeak = Math.max(heapPeak, heap)
}

const heapAtEnd = heapNow()
const growth = heapAtEnd - (heapAfterWarmUp ?? heapAtEnd)
const report = {
  seed,
  seconds,
  dialogues: dialoguesFed,
  octets: octetsFed,
  requests,
  heapAfterWarmUp,
  heapPeak,
  heapAtEnd,
  growth,
}
process.stdout.write(`${JSON.stringify(report)}\n`)
if (growth > allowedGrowth) fail(`the heap grew by ${growth} bytes`, Buffer.alloc(0))

function feedLongLived(bytes: Buffer): void {
  longLived.push(bytes)
  for (let request = longLived.next(); request !== undefined; request = longLived.next()) {
    if (longLived.asking && request.kind !== "starttls") longLived.answer({ code: 250, text: "OK" })
    else if (longLived.asking) longLived.answer({ code: 454, text: "Not now" })
    if (request.kind === "closing") {
      longLived = openReceiver({ limits: { errors: 1e9, idleCommands: 1e9, transactions: 1e9 } })
    }
  }
  longLived.output()
  if (longLived.waiting > 2_000) fail(`${longLived.waiting} octets are held`, bytes)
}

/** A dialogue of the list, mutated a few times, or bytes of no meaning. */
function nextInput(): Buffer {
  if (random(10) === 0) return Buffer.from(Array.from({ length: random(2_000) }, () => random(256)))
  let bytes = dialogueBytes()
  for (let times = random(6); times > 0; times -= 1) bytes = mutate(bytes)
  return bytes
}

function dialogueBytes(): Buffer {
  const pieces: readonly Piece[] = dialogues[random(dialogues.length)]?.pieces ?? []
  return Buffer.concat(pieces.filter(piece => piece !== "secured"))
}

function mutate(bytes: Buffer): Buffer {
  const at = random(bytes.length + 1)
  const to = Math.min(bytes.length, at + random(40))
  const join = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts)
  switch (random(6)) {
    case 0:
      return join(bytes.subarray(0, at), bytes.subarray(to))
    case 1:
      return join(bytes.subarray(0, to), bytes.subarray(at))
    case 2:
      return join(bytes.subarray(0, at), Buffer.of(random(256)), bytes.subarray(at + 1))
    case 3:
      return join(bytes.subarray(0, at), Buffer.from(marks[random(marks.length)] ?? ""), bytes.subarray(at))
    case 4:
      return join(bytes.subarray(0, at), dialogueBytes().subarray(0, random(3_000)))
    default:
      return join(bytes.subarray(0, at), Buffer.alloc(random(3_000), random(256)), bytes.subarray(at))
  }
}

function cutAtRandom(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const to = at + 1 + random(random(4) === 0 ? 3 : 200)
    pieces.push(bytes.subarray(at, to))
    at = to
  }
  return pieces
}

/** Whole numbers below a bound, from a seed (xorshift, 32 bits). */
function numbers(from: number): (below: number) => number {
  let state = (from | 0) ^ 0x9e3779b9 || 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return below === 0 ? 0 : (state >>> 0) % below
  }
}

function fail(why: string, bytes: Buffer): never {
  process.stderr.write(`${why} (seed ${seed}): ${JSON.stringify(bytes.toString("latin1")).slice(0, 3_000)}\n`)
  process.exit(1)
}
