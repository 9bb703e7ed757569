/**
 *     duplicate [":handle" <string>] [":header" <header-name: string> / ":uniqueid" <value: string>]
 *               [":seconds" <timeout: number>] [":last"]                               RFC 7352 §3
 *
 * What was asked about is remembered by the caller when the run has ended well, and not before.
 */
import { isGiven, numberIfGiven, textIfGiven } from "../check/given.ts"
import type { TestSpec } from "../check/language.ts"
import { fill, ScriptLimitError, shown } from "../run/run.ts"
import type { DuplicateQuestion } from "../run/world.ts"

/** Seconds that an identifier is remembered where a script says nothing, and at most: a week, ninety days. */
const usual = 7 * 86_400
const longest = 90 * 86_400

const group = "source of the identifier"

export const duplicate: TestSpec = {
  name: "duplicate",
  needs: ["duplicate"],
  tags: {
    handle: { takes: "string" },
    header: { takes: "string", group },
    uniqueid: { takes: "string", group },
    seconds: { takes: "number" },
    last: {},
  },
  compile(given) {
    const handle = textIfGiven(given, ":handle")
    const header = textIfGiven(given, ":header")
    const unique = textIfGiven(given, ":uniqueid")
    const seconds = Math.min(numberIfGiven(given, ":seconds") ?? usual, longest)
    const last = isGiven(given, ":last")
    return {
      async ask(run) {
        const name = header === undefined ? "Message-ID" : fill(run, header)
        const id = unique === undefined ? run.message.fields(name.toLowerCase())[0]?.text : fill(run, unique)
        if (id === undefined || id === "")
          return { yes: false, why: () => `there is no ${name} to know it by` }
        const question: DuplicateQuestion = {
          handle: handle === undefined ? undefined : fill(run, handle),
          id,
          seconds,
          last,
        }
        if (seconds === 0) return { yes: false, why: () => "it is remembered for no time" }
        if (run.duplicates.length >= run.limits.duplicates)
          throw new ScriptLimitError(
            `"duplicate" was asked more than ${run.limits.duplicates} times`,
            given.call.at,
          )
        const yes = await run.world.isDuplicate(question)
        run.duplicates.push(question)
        return {
          yes,
          why: () => `${shown(run, id)} was ${yes ? "seen" : "not seen"} within ${seconds} seconds`,
        }
      },
    }
  },
}
