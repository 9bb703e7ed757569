/**
 * Sets what a call was given against the shape of what it takes: tags first, in any order, then the others in theirs
 * (RFC 5228 §2.6). Adds a fault for everything that does not fit, in words that name the place.
 */
import type { ArgumentNode, CallNode, StringNode } from "../syntax/tree.ts"
import { addFault, type Checking } from "./checking.ts"
import type { Value } from "./given.ts"
import type { CallShape, PlaceShape, TagShape, ValueKind } from "./language.ts"
import { readText, type Text } from "./text.ts"

/** Undefined where it added a fault. */
export function bind(
  checking: Checking,
  shape: CallShape,
  call: CallNode,
): ReadonlyMap<string, Value> | undefined {
  const before = checking.faults.length
  const values = new Map<string, Value>()
  const rest = bindTags(checking, shape, call, values)
  if (rest !== undefined) bindPlaces(checking, shape, call, rest, values)
  checkTests(checking, shape, call)
  return checking.faults.length === before ? values : undefined
}

/** What stands behind the tags; undefined where a fault makes it senseless to look. */
function bindTags(
  checking: Checking,
  shape: CallShape,
  call: CallNode,
  values: Map<string, Value>,
): readonly ArgumentNode[] | undefined {
  const groups = new Map<string, string>()
  let at = 0
  for (; ; at += 1) {
    const argument = call.args[at]
    if (argument?.kind !== "tag") break
    const tag = tagOf(checking, shape, call, argument)
    if (tag === undefined) return undefined
    if (values.has(`:${argument.name}`)) {
      addFault(checking, argument.at, `":${argument.name}" stands twice`)
      return undefined
    }
    const other = tag.group === undefined ? undefined : groups.get(tag.group)
    if (other !== undefined)
      addFault(
        checking,
        argument.at,
        `":${argument.name}" and ":${other}" do not go together: one ${tag.group} is enough`,
      )
    if (tag.group !== undefined) groups.set(tag.group, argument.name)
    if (tag.takes === undefined) values.set(`:${argument.name}`, { kind: "none", at: argument.at })
    else {
      at += 1
      const value = call.args[at]
      const taken =
        value === undefined || value.kind === "tag"
          ? wrongValue(checking, argument, `":${argument.name}" takes ${kindWords[tag.takes]} behind it`)
          : readValue(checking, value, tag.takes, `":${argument.name}"`)
      if (taken === undefined) return undefined
      values.set(`:${argument.name}`, taken)
    }
  }
  const late = call.args.slice(at).find(argument => argument.kind === "tag")
  if (late === undefined) return call.args.slice(at)
  addFault(checking, late.at, `tags stand before everything else that "${call.name}" is given`)
  return undefined
}

function tagOf(
  checking: Checking,
  shape: CallShape,
  call: CallNode,
  argument: ArgumentNode & { readonly kind: "tag" },
): TagShape | undefined {
  const tags = shape.tags ?? {}
  const tag = Object.hasOwn(tags, argument.name) ? tags[argument.name] : undefined
  if (tag === undefined) {
    const usable = Object.keys(tags).map(name => `:${name}`)
    const known = usable.length === 0 ? "it takes no tags" : `it takes ${usable.join(", ")}`
    return wrongValue(checking, argument, `"${call.name}" takes no ":${argument.name}"; ${known}`)
  }
  if (tag.needs !== undefined && !checking.required.has(tag.needs))
    return wrongValue(
      checking,
      argument,
      `":${argument.name}" needs require "${tag.needs}" at the top of the script`,
    )
  return tag
}

function wrongValue(checking: Checking, argument: ArgumentNode, text: string): undefined {
  addFault(checking, argument.at, text)
  return undefined
}

function bindPlaces(
  checking: Checking,
  shape: CallShape,
  call: CallNode,
  rest: readonly ArgumentNode[],
  values: Map<string, Value>,
): void {
  const all = shape.takes ?? []
  const needed = all.filter(place => place.optional !== true)
  const places = rest.length >= all.length ? all : needed
  if (rest.length !== places.length) {
    const at = (rest.length > places.length ? rest[places.length] : undefined)?.at ?? call.at
    addFault(checking, at, countFault(call.name, all, rest.length))
    return
  }
  places.forEach((place, index) => {
    const argument = rest[index]
    if (argument === undefined) return
    const value = readValue(checking, argument, place.takes, place.name)
    if (value !== undefined) values.set(place.name, value)
  })
}

function countFault(name: string, places: readonly PlaceShape[], count: number): string {
  if (places.length === 0) return `"${name}" takes nothing but tags and tests, and was given ${count} more`
  const words = places.map(({ name: place, takes, optional }) => {
    return `${place} (${kindWords[takes]}${optional === true ? ", may be left out" : ""})`
  })
  return `"${name}" takes ${words.join(" and ")}; ${count === 0 ? "nothing" : count} was given`
}

const kindWords: Readonly<Record<ValueKind, string>> = {
  string: "a string",
  strings: "a string or a list of strings",
  number: "a number",
}

function readValue(
  checking: Checking,
  argument: ArgumentNode,
  wanted: ValueKind,
  place: string,
): Value | undefined {
  const { at } = argument
  if (wanted === "number" && argument.kind === "number") return { kind: "number", at, number: argument.value }
  if (wanted !== "number" && argument.kind === "string") {
    const read = compileString(checking, argument)
    return read === undefined ? undefined : { kind: "texts", at, texts: [read] }
  }
  if (wanted === "strings" && argument.kind === "list") {
    const read = argument.strings.map(string => compileString(checking, string))
    const whole = read.filter(one => one !== undefined)
    return whole.length === read.length ? { kind: "texts", at, texts: whole } : undefined
  }
  const given = { number: "a number", string: "a string", list: "a list", tag: "a tag" }[argument.kind]
  return wrongValue(checking, argument, `${place} should be ${kindWords[wanted]}, and ${given} stands there`)
}

function compileString(checking: Checking, string: StringNode): Text | undefined {
  const read = readText(string.value, string.at, {
    encodedCharacters: checking.required.has("encoded-character"),
    variables: checking.required.has("variables"),
  })
  if (read.kind === "text") return read.text
  addFault(checking, string.at, read.text)
  return undefined
}

function checkTests(checking: Checking, shape: CallShape, call: CallNode): void {
  const wanted = shape.tests ?? "none"
  const at = call.tests[0]?.at ?? call.at
  if (wanted === "none" && call.tests.length > 0)
    addFault(checking, at, `"${call.name}" takes no test: a ";" may be missing before this`)
  if (wanted === "one" && (call.tests.length !== 1 || call.listed))
    addFault(
      checking,
      at,
      `"${call.name}" takes one test, without parentheses; "allof" and "anyof" take several`,
    )
  if (wanted === "list" && !call.listed)
    addFault(checking, at, `"${call.name}" takes tests in parentheses, parted by commas`)
}
