/**
 * What a log line may hold. There is no field for free text: personal data stays out by construction, since a
 * value is a number, a boolean, a word from a list, or a string that only a function below can make.
 */
import { ipPrefix } from "./ip-prefix.ts"

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A random or counted id of ours (a uuid, hex, digits): it points at a row and says nothing by itself. */
export type Ref = Branded<"Ref">
/** Text of the operator's own: a host name, a path or an address from the configuration; never from a peer. */
export type Own = Branded<"Own">
/** Kind, code and place of an error, without its message: messages quote what they choke on. */
export type Failure = Branded<"Failure">
/** The /24 or /48 that a peer came from: personal data still, so only events of level `abuse` have one. */
export type Network = Branded<"Network">

export const maxFieldLength = 300

export function ref(id: string): Ref {
  if (!/^[0-9A-Za-z-]{1,64}$/.test(id)) throw new TypeError("a log reference is letters, digits and hyphens")
  return id as Ref
}

export function own(text: string): Own {
  return printable(text).slice(0, maxFieldLength) as Own
}

/** `StoreError/23505 at commit (server/src/store/commit.ts:44:7) < DatabaseError/…`, at most 300 characters. */
export function failure(error: unknown): Failure {
  const seen: string[] = []
  for (let cause = error, depth = 0; cause !== undefined && depth < 4; depth += 1) {
    seen.push(describe(cause))
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return seen.join(" < ").slice(0, maxFieldLength) as Failure
}

/** `192.0.2.17` → `192.0.2.0/24`, `2001:db8:1:2::3` → `2001:db8:1::/48`; `unknown` for what is neither. */
export function network(ip: string): Network {
  return (ipPrefix(ip, { v4: 24, v6: 48 }) ?? "unknown") as Network
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return "not an Error"
  const name = word(error.name) ?? "Error"
  const code = "code" in error && typeof error.code === "string" ? word(error.code) : undefined
  const place = placeOf(error)
  return `${name}${code === undefined ? "" : `/${code}`}${place === undefined ? "" : ` at ${place}`}`
}

/** The first frame in our own code, or the first at all. A stack opens with the message: it is cut off first. */
function placeOf(error: Error): string | undefined {
  const stack = error.stack ?? ""
  const lines = stack.slice(Math.max(0, stack.indexOf(error.message)) + error.message.length).split("\n")
  const frames = lines.slice(lines.findLastIndex(line => !isFrame(line)) + 1)
  const frame = frames.find(line => !line.includes("node_modules") && !line.includes("node:")) ?? frames[0]
  const place = /(?:([\w.<> ]{1,60}) \()?(?:file:\/\/)?([^\s()]+:\d+:\d+)\)?$/.exec(frame?.slice(7) ?? "")
  if (place === null) return undefined
  const file = (place[2] ?? "").replace(/^.*\/((?:[^/]+\/){0,2}[^/]+)$/, "$1")
  return place[1] === undefined ? file : `${place[1].trim()} (${file})`
}

function isFrame(line: string): boolean {
  return /^ {4}at .{1,400}$/.test(line)
}

function word(text: string): string | undefined {
  return /^[A-Za-z0-9_.-]{1,60}$/.test(text) ? text : undefined
}

function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "?")
}
