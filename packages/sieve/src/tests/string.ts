/**
 *     string [MATCH-TYPE] [COMPARATOR] <source: string-list> <key-list: string-list>          RFC 5229 §5
 *     hasflag [MATCH-TYPE] [COMPARATOR] [<variable-list: string-list>] <flags: string-list>   RFC 5232 §4
 */
import { texts, textsIfGiven } from "../check/given.ts"
import type { TestSpec } from "../check/language.ts"
import { checkFlagVariables, flagsOfVariable } from "../commands/flag-list.ts"
import type { MatchType } from "../match/match-type.ts"
import { compileMatching, matchAny, matchTags } from "../match/matching.ts"
import { fillAll } from "../run/run.ts"

export const string: TestSpec = {
  name: "string",
  needs: ["variables"],
  tags: matchTags,
  takes: [
    { name: "the texts", takes: "strings" },
    { name: "the keys", takes: "strings" },
  ],
  compile(given) {
    const matching = compileMatching(given)
    const sources = texts(given, "the texts")
    const keys = texts(given, "the keys")
    if (matching === undefined) return undefined
    return {
      ask(run) {
        const values = fillAll(run, sources).map(value => ({ name: "the text", value }))
        // RFC 5229 §5: of empty texts none is counted.
        const counted = matching.type.kind === "count" ? values.filter(({ value }) => value !== "") : values
        return matchAny(run, matching, counted, fillAll(run, keys), "there is no text")
      },
    }
  },
}

export const hasflag: TestSpec = {
  name: "hasflag",
  needs: ["imap4flags"],
  tags: matchTags,
  takes: [
    { name: "the variables", takes: "strings", optional: true },
    { name: "the flags", takes: "strings" },
  ],
  compile(given) {
    const matching = compileMatching(given)
    const variables = textsIfGiven(given, "the variables")
    const wanted = texts(given, "the flags")
    if (matching === undefined || !checkFlagVariables(given, variables)) return undefined
    return {
      ask(run) {
        const flags =
          variables === undefined
            ? run.flags
            : fillAll(run, variables).flatMap(name => flagsOfVariable(run, name))
        const values = flags.map(value => ({ name: "a flag", value }))
        // A key is a list of flags as well, each of them sought by itself (RFC 5232 §4).
        const keys = looksForFlags(matching.type)
          ? fillAll(run, wanted).flatMap(wordsOf)
          : fillAll(run, wanted)
        return matchAny(run, matching, values, keys, "no flag is set")
      },
    }
  },
}

/** The others hold numbers, or are held against flags by their order. */
function looksForFlags({ kind }: MatchType): boolean {
  return kind === "is" || kind === "contains" || kind === "matches"
}

function wordsOf(key: string): readonly string[] {
  return key.split(/[ \t\r\n]+/).filter(word => word !== "")
}
