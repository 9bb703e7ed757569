/**
 *     header [INDEX] [COMPARATOR] [MATCH-TYPE] <header-names> <key-list>       RFC 5228 §5.7, RFC 5260 §6
 *     exists <header-names>                                                    RFC 5228 §5.5
 *     size <":over" / ":under"> <limit: number>                                RFC 5228 §5.9
 */
import { addFault } from "../check/checking.ts"
import { isGiven, number, texts } from "../check/given.ts"
import type { TestSpec } from "../check/language.ts"
import { compileMatching, matchAny, matchTags } from "../match/matching.ts"
import { fillAll, spendStep } from "../run/run.ts"
import { compileIndex, fieldsAt, indexTags } from "./field-index.ts"
import { checkFieldNames } from "./field-names.ts"

export const header: TestSpec = {
  name: "header",
  tags: { ...indexTags, ...matchTags },
  takes: [
    { name: "the header names", takes: "strings" },
    { name: "the keys", takes: "strings" },
  ],
  compile(given) {
    const matching = compileMatching(given)
    const index = compileIndex(given)
    const names = texts(given, "the header names")
    const keys = texts(given, "the keys")
    checkFieldNames(given.checking, names)
    if (matching === undefined || index === undefined) return undefined
    return {
      ask(run) {
        const wanted = fillAll(run, names)
        const values = fieldsAt(run, wanted, index).map(({ name, text }) => ({ name, value: text }))
        return matchAny(run, matching, values, fillAll(run, keys), `there is no ${wanted.join(" or ")}`)
      },
    }
  },
}

export const exists: TestSpec = {
  name: "exists",
  takes: [{ name: "the header names", takes: "strings" }],
  compile(given) {
    const names = texts(given, "the header names")
    checkFieldNames(given.checking, names)
    return {
      ask(run) {
        const missing = fillAll(run, names).find(name => {
          spendStep(run)
          return run.message.fields(name.toLowerCase()).length === 0
        })
        return {
          yes: missing === undefined,
          why: () => (missing === undefined ? "" : `there is no ${missing}`),
        }
      },
    }
  },
}

export const size: TestSpec = {
  name: "size",
  tags: { over: { group: "comparison" }, under: { group: "comparison" } },
  takes: [{ name: "the limit", takes: "number" }],
  compile(given) {
    const over = isGiven(given, ":over")
    const limit = number(given, "the limit")
    if (!over && !isGiven(given, ":under")) {
      addFault(given.checking, given.call.at, '"size" needs ":over" or ":under" before the number')
      return undefined
    }
    return {
      ask({ message }) {
        const yes = over ? message.size > limit : message.size < limit
        return { yes, why: () => `the message has ${message.size} octets` }
      },
    }
  },
}
