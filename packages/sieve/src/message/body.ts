/**
 * What `body` looks at (RFC 5173 §5): the body as it came, its text, or the parts of some types, each of them decoded and
 * in Unicode. A multipart is what stands before and behind its parts, an attached message its header.
 */
import {
  decodeCharset,
  decodeTransfer,
  type MessageScan,
  type Part,
  parameterValue,
  stripHtml,
} from "@letterkeep/mime"
import type { RunLimits } from "../limits.ts"

export type BodyWish =
  | { readonly kind: "raw" }
  | { readonly kind: "text" }
  /** Types as a script names them: "text", "text/html", "" for all. */
  | { readonly kind: "content"; readonly types: readonly string[] }

export interface BodyPart {
  /** For people: "the text/html part". */
  readonly name: string
  readonly text: string
}

interface Walk {
  readonly scan: MessageScan
  readonly parts: BodyPart[]
  bytesLeft: number
  partsLeft: number
}

export function bodyOf(scan: MessageScan, wish: BodyWish, limits: RunLimits): readonly BodyPart[] {
  const walk: Walk = { scan, parts: [], bytesLeft: limits.bodyBytes, partsLeft: limits.bodyParts }
  if (!hasBody(scan)) return []
  if (wish.kind === "raw") {
    const { root, bytes } = scan
    walk.parts.push({ name: "the body", text: textOf(walk, bytes.subarray(root.bodyStart, root.end)) })
  } else {
    const wanted = wish.kind === "text" ? texts : readTypes(wish.types)
    visit(walk, scan.root, wanted, wish.kind === "text")
  }
  return walk.parts
}

/** A header that no empty line follows has no body, not even an empty one (RFC 5173 §4). */
function hasBody({ bytes, root }: MessageScan): boolean {
  if (root.bodyStart < root.end) return true
  const end = bytes.toString("latin1", Math.max(0, root.bodyStart - 3), root.bodyStart)
  return end.endsWith("\n\r\n") || end.endsWith("\n\n") || end === "\r\n" || end === "\n"
}

interface WantedType {
  readonly type: string
  /** Undefined for all of the type. */
  readonly subtype: string | undefined
}

/** "" is all types; more or less than one slash between two words is none (RFC 5173 §5.2). */
function readTypes(types: readonly string[]): readonly (WantedType | "all")[] {
  return types.flatMap((written): readonly (WantedType | "all")[] => {
    if (written === "") return ["all"]
    const [type = "", subtype, ...more] = written.toLowerCase().split("/")
    return type === "" || subtype === "" || more.length > 0 ? [] : [{ type, subtype }]
  })
}

function visit(walk: Walk, part: Part, wanted: readonly (WantedType | "all")[], strip: boolean): void {
  if (walk.partsLeft <= 0 || walk.bytesLeft <= 0) return
  walk.partsLeft -= 1
  const isWanted = wanted.some(
    one => one === "all" || (one.type === part.type && (one.subtype ?? part.subtype) === part.subtype),
  )
  const name = `the ${part.type}/${part.subtype} part`
  if (isWanted)
    for (const text of textsOf(walk, part))
      walk.parts.push({ name, text: strip && isHtml(part) ? stripHtml(text) : text })
  for (const child of part.parts) visit(walk, child, wanted, strip)
}

const texts: readonly WantedType[] = [
  { type: "text", subtype: undefined },
  { type: "application", subtype: "xhtml+xml" },
]

function isHtml(part: Part): boolean {
  return part.subtype === "html" || part.subtype === "xhtml+xml"
}

function textsOf(walk: Walk, part: Part): readonly string[] {
  const { bytes } = walk.scan
  const [first] = part.parts
  const last = part.parts.at(-1)
  if (first === undefined || last === undefined) {
    const body = bytes.subarray(part.bodyStart, part.end)
    const decoded = decodeTransfer(body, part.encoding, walk.bytesLeft)
    return [textOf(walk, decoded, parameterValue(part.parameters, "charset"))]
  }
  if (part.type === "message") {
    const header = textOf(walk, bytes.subarray(first.start, first.bodyStart))
    return [header.replace(/(?<=\n)\r?\n$/, "")]
  }
  const prologue = bytes.subarray(part.bodyStart, prologueEnd(bytes, part.bodyStart, first.start))
  // Behind the last part stand its line end and the closing delimiter.
  const closing = bytes.indexOf(LF, Math.min(last.end, part.end))
  const behind = closing === -1 ? -1 : bytes.indexOf(LF, closing + 1)
  const epilogue = behind === -1 || behind >= part.end ? EMPTY : bytes.subarray(behind + 1, part.end)
  return [textOf(walk, prologue), textOf(walk, epilogue)]
}

const LF = 10
const CR = 13
const EMPTY = Buffer.alloc(0)

/** Before the delimiter that ends at `partStart`, and before the line end that belongs to it (RFC 2046 §5.1.1). */
function prologueEnd(bytes: Buffer, start: number, partStart: number): number {
  const delimiter = partStart <= 1 ? 0 : bytes.lastIndexOf(LF, partStart - 2) + 1
  const end = delimiter - (bytes[delimiter - 2] === CR ? 2 : 1)
  return Math.max(start, end)
}

function textOf(walk: Walk, bytes: Buffer, charset = ""): string {
  const taken = bytes.subarray(0, Math.max(0, walk.bytesLeft))
  walk.bytesLeft -= taken.length
  return decodeCharset(taken, charset)
}
