import { readFileSync } from "node:fs"
import { cutAtRandom, distort, openSoak } from "../../fixtures/soaking.ts"
import { drain, hear } from "./fixtures/hear.ts"
import { CommandReader, type ReaderLimits, signedInReaderLimits } from "./src/index.ts"

/**
 * Feeds the reader random and mutated dialogues for a while: `node packages/imap/soak.ts --seconds 600`; options
 * and last line as fixtures/soaking.ts says. It fails, besides, when a cut changes what is heard, or when more is
 * held than one command within its limits.
 */
const soak = openSoak()
const { below, pick, bytes: noise } = soak.chance

/** Small, so that each limit is met often. */
const limits: ReaderLimits = {
  ...{ line: 1_000, stringLiteral: 300, messageLiteral: 5_000, waitlessLiteral: 3_000 },
  ...{ literals: 6, command: 2_500, messages: 8_000, swallowed: 6_000 },
}
/** What a reader that has been drained may hold: a command, its messages, and half a line. */
const mayHold = limits.command + limits.stringLiteral + limits.messages + limits.line

/** The lists of the tests are the dialogues. */
const commands = listOf("commands").map(wire => `a1 ${wire}`)
const faults = listOf("faults")

/** What smuggling is made of, and what changes the state. */
const marks = [
  ...["\r", "\n", "\r\n", "\0", "\xff", '"', "\\", "(", ")", "{", "}", "+", "~"],
  ...["{5}\r\n", "{5+}\r\n", "{300+}\r\n", "{4000+}\r\n", "~{9+}\r\n", "{99999999999}\r\n", "{0}\r\n"],
  ...[
    "z NOOP\r\n",
    "z LOGIN ",
    "z APPEND x ",
    "z UID SEARCH OR (NOT ",
    "z APPEND x {5001}\r\n",
    "DONE\r\n",
    "1:*,",
    " ".repeat(9),
  ],
]
const distortion = { marks, splice: commandBytes, longestRun: 6_000 }

/** One reader that lives as long as the soak: what it leaks would add up. */
let longLived = new CommandReader(limits)
let octetsFed = 0
const kindsHeard: Record<string, number> = {}

await soak.run(
  () => {
    const bytes = nextInput()
    octetsFed += bytes.length
    const bounds = below(4) === 0 ? signedInReaderLimits : limits
    const refused = below(4) === 0 ? below(4_000) : Number.POSITIVE_INFINITY
    const answer = (octets: number): "take" | "refuse" => (octets > refused ? "refuse" : "take")
    const seen = hear(cutAtRandom(bytes, soak.chance), bounds, answer) as readonly { readonly kind: string }[]
    const whole = hear([bytes], bounds, answer)
    if (JSON.stringify(seen) !== JSON.stringify(whole)) soak.fail("a cut changed what was heard", bytes)
    for (const { kind } of seen) kindsHeard[kind] = (kindsHeard[kind] ?? 0) + 1
    feedLongLived(bytes)
  },
  () => ({ octetsFed, heard: kindsHeard }),
)

function feedLongLived(bytes: Buffer): void {
  longLived.push(bytes)
  let lost = false
  drain(
    longLived,
    () => "take",
    one => {
      if (one.kind === "command" && one.command.name === "IDLE") longLived.expectLine(100)
      if (one.kind === "command" && one.command.name === "STARTTLS") longLived.reset()
      lost ||= one.kind === "lost"
    },
  )
  const { waiting, held } = longLived
  if (waiting > 0) soak.fail(`${waiting} octets wait and are not read`, bytes)
  if (held > mayHold) soak.fail(`${held} octets are held`, bytes)
  if (lost) longLived = new CommandReader(limits)
}

/** A few commands, mutated a few times, or bytes of no meaning. */
function nextInput(): Buffer {
  if (below(10) === 0) return noise(below(2_000))
  let bytes: Buffer = Buffer.concat(Array.from({ length: 1 + below(4) }, commandBytes))
  for (let times = below(6); times > 0; times -= 1) bytes = distort(bytes, soak.chance, distortion)
  return bytes
}

function commandBytes(): Buffer {
  return Buffer.from(`${pick(below(4) === 0 ? faults : commands)}\r\n`, "latin1")
}

/** What stands on the wire in a list of the tests. */
function listOf(name: string): string[] {
  const text = readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")
  const families = JSON.parse(text) as Readonly<Record<string, readonly (readonly [string, unknown])[]>> // our own file
  return Object.values(families).flatMap(entries => entries.map(([wire]) => wire))
}
