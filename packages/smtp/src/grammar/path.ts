import { maxPath } from "../limits.ts"
import { readAddressLiteral } from "./address-literal.ts"
import { isAscii } from "./characters.ts"
import { readDomain } from "./domain.ts"
import { readLocalPart, writeLocalPart } from "./local-part.ts"

/**
 * RFC 5321 §4.1.2:
 *
 *     Reverse-path = Path / "<>"
 *     Forward-path = Path / "<Postmaster>"             ; RFC 5321 §4.1.1.3: without a domain, in any case
 *     Path         = "<" [ A-d-l ":" ] Mailbox ">"
 *     A-d-l        = At-domain *( "," At-domain )      ; a source route: read and left out, RFC 5321 §C
 *     Mailbox      = Local-part "@" ( Domain / address-literal )
 */
export type Path =
  | { readonly kind: "null" }
  | { readonly kind: "postmaster" }
  | {
      readonly kind: "mailbox"
      /** Quotes and backslashes taken away. */
      readonly localPart: string
      /** As written; a literal keeps its brackets. */
      readonly domain: string
      readonly literal: boolean
      /** Local part (quoted only where it must be), "@" and domain. */
      readonly address: string
      /** Needs SMTPUTF8: RFC 6531 §3.4. */
      readonly international: boolean
    }

export type PathResult =
  | { readonly kind: "path"; readonly path: Path; readonly end: number }
  | { readonly kind: "bad" }

const bad: PathResult = { kind: "bad" }
const nullPath: Path = { kind: "null" }
const postmaster: Path = { kind: "postmaster" }

/** `end` is the place after ">". `of` says which of the two short forms is allowed. */
export function readPath(text: string, from: number, of: "reverse" | "forward"): PathResult {
  if (text[from] !== "<") return bad
  if (text[from + 1] === ">") return of === "reverse" ? { kind: "path", path: nullPath, end: from + 2 } : bad
  if (of === "forward" && text.slice(from + 1, from + 12).toLowerCase() === "postmaster>") {
    return { kind: "path", path: postmaster, end: from + 12 }
  }
  const start = skipSourceRoute(text, from + 1)
  if (start === undefined) return bad
  const local = readLocalPart(text, start)
  if (local === undefined || text[local.end] !== "@") return bad
  const literal = text[local.end + 1] === "["
  const domain = literal ? readAddressLiteral(text, local.end + 1) : readDomain(text, local.end + 1)
  if (domain === undefined || text[domain.end] !== ">") return bad
  const address = `${writeLocalPart(local.value)}@${domain.value}`
  if (address.length > maxPath || (address.length > maxPath / 4 && Buffer.byteLength(address) > maxPath))
    return bad
  return {
    kind: "path",
    path: {
      kind: "mailbox",
      localPart: local.value,
      domain: domain.value,
      literal,
      address,
      international: !isAscii(address),
    },
    end: domain.end + 1,
  }
}

/** The place where the mailbox begins. */
function skipSourceRoute(text: string, from: number): number | undefined {
  let at = from
  while (text[at] === "@") {
    const domain = readDomain(text, at + 1)
    if (domain === undefined) return undefined
    const after = text[domain.end]
    at = domain.end + 1
    if (after === ":") return at
    if (after !== "," || text[at] !== "@") return undefined
  }
  return at
}

/** What stands for the path in an envelope: "" for the null reverse-path, "postmaster" for <Postmaster>. */
export function pathText(path: Path): string {
  switch (path.kind) {
    case "null":
      return ""
    case "postmaster":
      return "postmaster"
    case "mailbox":
      return path.address
  }
}
