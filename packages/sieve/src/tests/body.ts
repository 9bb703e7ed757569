/**
 *     body [COMPARATOR] [MATCH-TYPE] [BODY-TRANSFORM] <key-list>                       RFC 5173 §4
 *     BODY-TRANSFORM = ":raw" / ":content" <content-types: string-list> / ":text"
 */
import { texts, textsIfGiven, whichTag } from "../check/given.ts"
import type { TestSpec } from "../check/language.ts"
import { compileMatching, matchAny, matchTags } from "../match/matching.ts"
import type { BodyWish } from "../message/body.ts"
import { fillAll, spendCharacters } from "../run/run.ts"

const group = "way to look at the body"

export const body: TestSpec = {
  name: "body",
  needs: ["body"],
  tags: {
    raw: { group },
    content: { group, takes: "strings" },
    text: { group },
    ...matchTags,
  },
  takes: [{ name: "the keys", takes: "strings" }],
  compile(given) {
    const matching = compileMatching(given)
    const kind = whichTag(given, ["raw", "content", "text"]) ?? "text"
    const types = textsIfGiven(given, ":content") ?? []
    const keys = texts(given, "the keys")
    if (matching === undefined) return undefined
    return {
      async ask(run) {
        const wish: BodyWish = kind === "content" ? { kind, types: fillAll(run, types) } : { kind }
        const parts = run.message.body(wish, run.limits)
        // Decoded once, and paid for each time: a count looks at nothing else.
        for (const part of parts) spendCharacters(run, part.text.length)
        const values = parts.map(part => ({ name: part.name, value: part.text }))
        // RFC 5173 §6: `:matches` on a body sets no match variables.
        const before = run.matches
        const missing = "the message has no such part"
        const verdict = await matchAny(run, matching, values, fillAll(run, keys), missing)
        run.matches = before
        return verdict
      },
    }
  },
}
