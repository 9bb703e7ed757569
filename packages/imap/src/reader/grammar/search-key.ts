import type { SearchKey } from "../../search-key.ts"
import type { Decoder } from "../decoder.ts"
import { maxSearchDepth, maxSearchKeys } from "../limits.ts"
import { date } from "./date.ts"
import { headerField } from "./section.ts"
import { sequenceSet } from "./sequence-set.ts"
import { checked } from "./text.ts"

/**
 * RFC 9051 §9, with RECENT, NEW and OLD of RFC 3501 §9, OLDER and YOUNGER of RFC 5032, MODSEQ of RFC 7162 §7,
 * EMAILID and THREADID of RFC 8474 §7, and the dates of saving of RFC 8514 §5:
 *
 *     search-key = "(" search-key *(SP search-key) ")" / "NOT" SP search-key / "OR" SP search-key SP search-key /
 *                  sequence-set / "UID" SP sequence-set / a name and its arguments, by the tables below
 */
type KeyParser = (d: Decoder, state: State) => SearchKey

interface State {
  /** One that is neither UTF-8 nor ASCII: its strings stay as octets, and the door refuses it. */
  readonly foreign: boolean
  keys: number
}

export function searchKeys(d: Decoder, charset: string | undefined): SearchKey {
  const foreign = charset !== undefined && charset !== "UTF-8" && charset !== "US-ASCII"
  const state: State = { foreign, keys: 0 }
  const keys = [searchKey(d, state, 1)]
  while (d.maybe(" ")) keys.push(searchKey(d, state, 1))
  return together(keys)
}

function searchKey(d: Decoder, state: State, depth: number): SearchKey {
  if (depth > maxSearchDepth) throw d.limit(`search keys lie more than ${maxSearchDepth} deep in one another`)
  state.keys += 1
  if (state.keys > maxSearchKeys) throw d.limit(`more than ${maxSearchKeys} search keys`)
  const next = d.peek()
  if (next === "(") {
    const keys = d.list(() => searchKey(d, state, depth + 1), "search keys", {
      least: 1,
      most: maxSearchKeys,
    })
    return together(keys)
  }
  if (next === "*" || next === "$" || (next >= "0" && next <= "9")) {
    return { kind: "numbers", set: sequenceSet(d, "SEARCH") }
  }
  const from = d.place()
  const name = d.keyword("a search key")
  if (name === "NOT") {
    d.sp("NOT")
    return not(searchKey(d, state, depth + 1))
  }
  if (name === "OR") {
    d.sp("OR")
    const either = searchKey(d, state, depth + 1)
    d.sp("the first key of OR")
    return { kind: "or", either, other: searchKey(d, state, depth + 1) }
  }
  const parse = parsers.get(name)
  if (parse === undefined) throw d.expectedAt(from, "a search key")
  return parse(d, state)
}

const not = (key: SearchKey): SearchKey => ({ kind: "not", key })

function together(keys: readonly SearchKey[]): SearchKey {
  const [first] = keys
  return first !== undefined && keys.length === 1 ? first : { kind: "and", keys }
}

const everything: SearchKey = { kind: "all" }
const flagged = (flag: string): SearchKey => ({ kind: "flag", flag })

/** Keys without arguments. \Recent is never set: RECENT and NEW find nothing, OLD finds all. */
const bareKeys: readonly (readonly [string, SearchKey])[] = [
  ["ALL", everything],
  ["OLD", everything],
  ["RECENT", not(everything)],
  ["NEW", not(everything)],
  ["SAVEDATESUPPORTED", { kind: "save-date-supported" }],
  ...["Answered", "Deleted", "Draft", "Flagged", "Seen"].flatMap(name => {
    const key = flagged(`\\${name}`)
    return [[name.toUpperCase(), key] as const, [`UN${name.toUpperCase()}`, not(key)] as const]
  }),
]

const fieldKeys = ["BCC", "CC", "FROM", "SUBJECT", "TO"]

const dateKeys = (["BEFORE", "ON", "SINCE"] as const).flatMap(name => {
  const is = name.toLowerCase() as "before" | "on" | "since" // the names of the list above
  return [
    [name, { of: "internal", is }] as const,
    [`SENT${name}`, { of: "sent", is }] as const,
    [`SAVED${name}`, { of: "saved", is }] as const, // RFC 8514 §4.3
  ]
})

const parsers: ReadonlyMap<string, KeyParser> = new Map<string, KeyParser>([
  ...bareKeys.map(([name, key]) => [name, () => key] as const),
  ...fieldKeys.map(
    name => [name, argument(name, (d, state) => header(name.toLowerCase(), text(d, state, name)))] as const,
  ),
  ...dateKeys.map(
    ([name, when]) => [name, argument(name, d => ({ kind: "date", ...when, date: date(d, name) }))] as const,
  ),
  ["BODY", argument("BODY", (d, state) => ({ kind: "body", value: text(d, state, "BODY") }))],
  ["TEXT", argument("TEXT", (d, state) => ({ kind: "text", value: text(d, state, "TEXT") }))],
  ["HEADER", argument("HEADER", headerKey)],
  ["KEYWORD", argument("KEYWORD", d => flagged(d.atom("a keyword", "KEYWORD")))],
  ["UNKEYWORD", argument("UNKEYWORD", d => not(flagged(d.atom("a keyword", "UNKEYWORD"))))],
  ["UID", argument("UID", d => ({ kind: "uids", set: sequenceSet(d, "UID") }))],
  ["LARGER", argument("LARGER", d => ({ kind: "larger", octets: d.number64("octets", "LARGER") }))],
  ["SMALLER", argument("SMALLER", d => ({ kind: "smaller", octets: d.number64("octets", "SMALLER") }))],
  ["OLDER", argument("OLDER", d => ({ kind: "older", seconds: d.number("seconds above zero", "OLDER", 1) }))],
  [
    "YOUNGER",
    argument("YOUNGER", d => ({ kind: "younger", seconds: d.number("seconds above zero", "YOUNGER", 1) })),
  ],
  ["MODSEQ", argument("MODSEQ", modseqKey)],
  ["EMAILID", argument("EMAILID", d => ({ kind: "email-id", id: objectId(d, "EMAILID") }))],
  ["THREADID", argument("THREADID", d => ({ kind: "thread-id", id: objectId(d, "THREADID") }))],
])

function argument(name: string, parse: KeyParser): KeyParser {
  return (d, state) => {
    d.sp(name)
    return parse(d, state)
  }
}

const header = (field: string, value: string): SearchKey => ({ kind: "header", field, value })

/** `"HEADER" SP header-fld-name SP astring` */
function headerKey(d: Decoder, state: State): SearchKey {
  const field = headerField(d, "HEADER").toLowerCase()
  d.sp("the name of the field")
  return header(field, text(d, state, "the name of the field"))
}

function text(d: Decoder, state: State, after: string): string {
  const octets = d.astring("a text", after)
  return state.foreign ? octets : checked(d, octets, "a text", after)
}

/**
 * `"MODSEQ" [SP entry-name SP ("priv" / "shared" / "all")] SP mod-sequence-valzer`; the entry is a quoted
 * "/flags/" and a flag.
 */
function modseqKey(d: Decoder): SearchKey {
  if (d.peek() === '"') {
    d.string("the name of an entry", "MODSEQ")
    d.sp("the entry")
    d.oneOf(["PRIV", "SHARED", "ALL"], "priv, shared or all", "the entry")
    d.sp("the type of the entry")
  }
  return { kind: "modseq", modseq: d.number64("a mod-sequence", "MODSEQ") }
}

/** `objectid = 1*255(ALPHA / DIGIT / "_" / "-")` (RFC 8474 §7) */
function objectId(d: Decoder, after: string): string {
  const id = d.word(isObjectIdCharacter, "an object's id", after)
  if (id.length > 255) throw d.limit("an object's id has more than 255 characters")
  return id
}

const isObjectIdCharacter = (code: number): boolean => /[A-Za-z0-9_-]/.test(String.fromCharCode(code))
