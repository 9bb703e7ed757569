import { performance } from "node:perf_hooks"
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { converse, openReceiver, type Piece } from "./fixtures/converse.ts"
import { dialogueLimits, dialogues } from "./fixtures/dialogues.ts"

/**
 * Feeds the receiver random and mutated dialogues for a while: `node packages/smtp/soak.ts --seconds 600`.
 * Fails (exit code 1) when it throws, when a cut changes what it says, when it holds more input than one piece
 * and one line, or when the heap grows by more than `--growth` octets; exit code 2: an option makes no sense.
 * Prints its figures as a line of JSON, and last of all `soak: ok, …` or `soak: FAILED, …`. A seed (`--seed 1`)
 * makes a run repeatable.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    /** Room for what the runtime itself still keeps after the warm-up: 0.5 MB was seen. */
    growth: { type: "string", default: "2000000" },
  },
})
const seconds = Number(values.seconds)
const seed = Number(values.seed)
const allowedGrowth = Number(values.growth)
if (
  !(seconds > 0) ||
  !Number.isFinite(seconds) ||
  !Number.isInteger(seed) ||
  !Number.isInteger(allowedGrowth)
) {
  process.stdout.write("soak: FAILED, --seconds is above zero, --seed and --growth are whole numbers\n")
  process.exit(2)
}
const random = numbers(seed)

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void
const heapNow = (): number => {
  // Buffers that one collection found are given back by the next.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage() // external has the array buffers in it
  return heapUsed + external
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

process.on("uncaughtException", error => fail("it threw", error.stack ?? error.message))

// However slow the machine, it is weighed after the warm-up once at least.
for (; performance.now() < until || heapAfterWarmUp === undefined; dialoguesFed += 1) {
  const bytes = nextInput()
  octetsFed += bytes.length
  const pieces = cutAtRandom(bytes)
  const rules = { limits: dialogueLimits }
  const seen = converse(pieces, rules)
  requests += seen.requests.length
  const whole = converse([bytes], rules)
  if (JSON.stringify(seen) !== JSON.stringify(whole)) fail("a cut changed what was said", shown(bytes))
  feedLongLived(bytes)
  if (dialoguesFed % 500 !== 0) continue
  const heap = heapNow()
  if (performance.now() > warmUntil) heapAfterWarmUp ??= heap
  heapPeak = Math.max(heapPeak, heap)
}

const heapAtEnd = heapNow()
const growth = heapAtEnd - heapAfterWarmUp
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
if (growth > allowedGrowth) fail(`the heap grew by ${growth} octets`)
process.stdout.write(`soak: ok, ${dialoguesFed} dialogues in ${seconds} s, seed ${seed}\n`)

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
  if (longLived.waiting > 2_000) fail(`${longLived.waiting} octets are held`, shown(bytes))
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

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString("latin1")).slice(0, 3_000)
}

function fail(why: string, detail = ""): never {
  if (detail !== "") process.stderr.write(`${detail}\n`)
  process.stdout.write(`soak: FAILED, ${why}, seed ${seed}\n`)
  process.exit(1)
}
