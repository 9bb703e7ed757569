/**
 *     date [INDEX] [<":zone" <time-zone: string>> / ":originalzone"] [COMPARATOR] [MATCH-TYPE]
 *          <header-name: string> <date-part: string> <key-list>                     RFC 5260 §4
 *     currentdate [":zone" <time-zone: string>] [COMPARATOR] [MATCH-TYPE] <date-part: string> <key-list>   §5
 */
import { type MailDate, parseDate } from "@letterkeep/mime"
import { addFault } from "../check/checking.ts"
import { type Given, isGiven, text, textIfGiven, texts } from "../check/given.ts"
import type { TestSpec } from "../check/language.ts"
import { constantOf, type Text } from "../check/text.ts"
import { compileMatching, matchAny, matchTags } from "../match/matching.ts"
import { datePart, datePartNames, readZone } from "../message/date-part.ts"
import { fill, fillAll, type Run, ScriptRunError } from "../run/run.ts"
import { compileIndex, fieldsAt, indexTags } from "./field-index.ts"
import { checkFieldNames } from "./field-names.ts"

const group = "zone"

export const date: TestSpec = {
  name: "date",
  needs: ["date"],
  tags: { ...indexTags, zone: { takes: "string", group }, originalzone: { group }, ...matchTags },
  takes: [
    { name: "the header name", takes: "string" },
    { name: "the part of the date", takes: "string" },
    { name: "the keys", takes: "strings" },
  ],
  compile(given) {
    const matching = compileMatching(given)
    const index = compileIndex(given)
    const zone = compileZone(given)
    const name = text(given, "the header name")
    const part = compilePart(given)
    const keys = texts(given, "the keys")
    checkFieldNames(given.checking, [name])
    if (matching === undefined || index === undefined) return undefined
    return {
      ask(run) {
        const wanted = fill(run, name)
        // Without an index the first field is looked at, and no other (RFC 5260 §4).
        const [field] = fieldsAt(run, [wanted], index)
        const found = field === undefined ? undefined : dateIn(field.raw)
        const value = found && partOf(run, part, found.ms, offsetOf(run, zone, found))
        const values = value === undefined ? [] : [{ name: `the ${fill(run, part)} of ${wanted}`, value }]
        return matchAny(run, matching, values, fillAll(run, keys), `there is no date in ${wanted}`)
      },
    }
  },
}

export const currentdate: TestSpec = {
  name: "currentdate",
  needs: ["date"],
  tags: { zone: { takes: "string" }, ...matchTags },
  takes: [
    { name: "the part of the date", takes: "string" },
    { name: "the keys", takes: "strings" },
  ],
  compile(given) {
    const matching = compileMatching(given)
    const zone = compileZone(given)
    const part = compilePart(given)
    const keys = texts(given, "the keys")
    if (matching === undefined) return undefined
    return {
      ask(run) {
        const ms = run.world.now
        const value = partOf(run, part, ms, offsetOf(run, zone, { ms, offsetMinutes: 0 }))
        const values = value === undefined ? [] : [{ name: `the ${fill(run, part)} of now`, value }]
        return matchAny(run, matching, values, fillAll(run, keys), "there is no such part of a date")
      },
    }
  },
}

/** The whole value, or what stands behind its last ";", as in Received. */
function dateIn(raw: string): MailDate | undefined {
  const cut = raw.lastIndexOf(";")
  return cut === -1 ? parseDate(raw) : (parseDate(raw.slice(cut + 1)) ?? parseDate(raw))
}

type Zone =
  | { readonly kind: "readers" }
  | { readonly kind: "original" }
  | { readonly kind: "given"; readonly text: Text }

function compileZone(given: Given): Zone {
  const zone = textIfGiven(given, ":zone")
  if (zone === undefined) return { kind: isGiven(given, ":originalzone") ? "original" : "readers" }
  const known = constantOf(zone)
  if (known !== undefined && readZone(known) === undefined)
    addFault(
      given.checking,
      zone.at,
      '":zone" takes hours and minutes east of Greenwich, such as "+0100" or "-0530"',
    )
  return { kind: "given", text: zone }
}

function offsetOf(run: Run, zone: Zone, at: MailDate): number {
  if (zone.kind === "readers") return run.world.offsetAt(at.ms)
  if (zone.kind === "original") return at.offsetMinutes
  const offset = readZone(fill(run, zone.text))
  if (offset === undefined)
    throw new ScriptRunError('":zone" was given something like no "+0100"', zone.text.at)
  return offset
}

function compilePart(given: Given): Text {
  const part = text(given, "the part of the date")
  const known = constantOf(part)
  if (known !== undefined && !datePartNames.some(name => name === known.toLowerCase()))
    addFault(given.checking, part.at, `a date has the parts ${datePartNames.join(", ")}`)
  return part
}

function partOf(run: Run, part: Text, ms: number, offset: number): string | undefined {
  return datePart(fill(run, part), ms, offset)
}
