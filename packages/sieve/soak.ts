import { distort, openSoak } from "../../fixtures/soaking.ts"
import { inputOf, requireAll, usualMessage } from "./fixtures/running.ts"
import { invalidScripts, validScripts } from "./fixtures/scripts.ts"
import {
  checkScript,
  parseScript,
  printScript,
  runScript,
  type SieveScript,
  scriptLimits,
  scriptText,
} from "./src/index.ts"

/**
 * Feeds the checker mutated scripts for a while, and runs those that are right on mutated messages:
 * `node packages/sieve/soak.ts --seconds 600`; options and last line as fixtures/soaking.ts says. It fails, besides, when
 * a script reads otherwise once it was printed, or when a run goes beyond its limits.
 */
const soak = openSoak()
const { below, pick, bytes: noise } = soak.chance

const marks = [
  ...['"', ";", "{", "}", "(", ")", "[", "]", ",", ":", "#", "/*", "*/", "\\", "*", "?", "\r\n", "\0"],
  ...["text:\n", "\n.\n", "$", "{a}", "{1}", "{hex:41}", ' "a" ', " true ", "keep;"],
]
const scripts = [...Object.values(validScripts), ...invalidScripts.map(([script]) => script)]
const limits = { steps: 2_000, characters: 500_000 }
let right = 0

await soak.run(
  () => {
    const bytes = nextScript()
    const read = scriptText(bytes)
    if (read.kind === "faulty") return undefined
    printed(read.text, bytes)
    const checked = checkScript(read.text)
    return checked.kind === "script" ? running(checked.script, bytes) : undefined
  },
  () => ({ right }),
)

function printed(text: string, bytes: Buffer): void {
  const parsed = parseScript(text, scriptLimits)
  if (parsed.kind === "faulty") return
  const once = printScript(parsed.commands)
  const again = parseScript(once, { ...scriptLimits, scriptLength: once.length })
  if (again.kind === "faulty" || printScript(again.commands) !== once) soak.fail("it reads otherwise", bytes)
}

async function running(script: SieveScript, bytes: Buffer): Promise<void> {
  right += 1
  const message = mutated(Buffer.from(usualMessage)).toString("latin1")
  const { actions, spent } = await runScript(script, inputOf({ message, limits }))
  if (actions.length === 0) soak.fail("nothing becomes of the message", bytes)
  if (spent.steps > limits.steps + 1) soak.fail(`it took ${spent.steps} steps`, bytes)
}

/** One or two scripts of the list, mutated a few times; or bytes of no meaning. */
function nextScript(): Buffer {
  if (below(20) === 0) return noise(below(2_000))
  const chosen =
    below(2) === 0
      ? pick(scripts)
      : `${requireAll}${withoutRequires(pick(scripts))}${withoutRequires(pick(scripts))}`
  return mutated(Buffer.from(chosen))
}

/** So that two can stand behind one another. */
function withoutRequires(script: string): string {
  return script.startsWith("require") ? script.slice(script.indexOf(";") + 1) : script
}

function mutated(start: Buffer): Buffer {
  let bytes = start
  const distortion = { marks, splice: () => Buffer.from(pick(scripts)), longestRun: 500 }
  for (let times = below(4); times > 0; times -= 1) bytes = distort(bytes, soak.chance, distortion)
  return bytes
}
