/**
 * One pass over a message: header fields and the tree of its parts, by the lines that may be delimiters. No body
 * is decoded or copied; a 20 KB message takes some 20 µs. Any bytes give an answer: delimiters are sought once,
 * whatever the depth, and only lines are counted once for each message in a message.
 *
 *     multipart-body = [preamble CRLF] dash-boundary *WSP CRLF body-part
 *                      *(CRLF dash-boundary *WSP CRLF body-part)
 *                      CRLF dash-boundary "--" *WSP [CRLF epilogue]         RFC 2046 §5.1.1
 *
 * Tolerated: bare LF for CRLF, an inner multipart that its outer delimiter ends, no closing delimiter.
 */

import { type ContentFields, NO_CONTENT_FIELDS, readContentFields } from "./content-fields.ts"
import { type DashLines, type Delimiters, findDashLines, findDelimiters } from "./delimiters.ts"
import { findBodyStart, splitHeaderText } from "./fields.ts"
import { DEPTH_LIMIT, HEADER_BYTES_LIMIT, PARTS_LIMIT, type TruncatedBy } from "./limits.ts"
import { countLineFeeds } from "./lines.ts"
import type { MessageScan, Part } from "./part.ts"

interface Work {
  readonly bytes: Buffer
  readonly truncated: Set<TruncatedBy>
  parts: number
  /** Found when the first multipart is met: all others lie behind its beginning. */
  dashLines: DashLines | undefined
}

export function scanMessage(bytes: Buffer): MessageScan {
  const work: Work = { bytes, truncated: new Set(), parts: 0, dashLines: undefined }
  const root = scanPart(work, 0, bytes.length, 0, false)
  return { bytes, root, truncated: [...work.truncated] }
}

/** `digest`: in multipart/digest a part without a type is a message (RFC 2046 §5.1.5). */
function scanPart(work: Work, start: number, end: number, depth: number, digest: boolean): Part {
  const { bytes } = work
  work.parts++
  const bodyStart = findBodyStart(bytes, start, end)
  const cut = Math.min(bodyStart, start + HEADER_BYTES_LIMIT)
  const headerText = bytes.toString("latin1", start, cut)
  const { fields, truncated } = splitHeaderText(headerText, start, cut < bodyStart)
  if (truncated !== undefined) work.truncated.add(truncated)
  const content = fields.length === 0 ? NO_CONTENT_FIELDS : readContentFields(headerText, start, fields)
  const claimed = content.contentType ?? (digest && !content.hasType ? MESSAGE : TEXT_PLAIN)

  let { type, subtype, parameters } = claimed
  let parts: readonly Part[] = NO_PARTS
  if (type === "multipart") {
    parts = scanMultipart(work, content, bodyStart, end, depth, subtype === "digest")
    if (parts.length === 0) ({ type, subtype, parameters } = TEXT_PLAIN)
  } else if (type === "message" && (subtype === "rfc822" || subtype === "global")) {
    parts = scanInner(work, content.encoding, bodyStart, end, depth)
    if (parts.length === 0) ({ type, subtype, parameters } = OCTETS)
  }
  const counted = type === "text" || type === "message"
  return {
    type,
    subtype,
    parameters,
    encoding: content.encoding,
    disposition: content.disposition,
    id: content.id,
    description: content.description,
    md5: content.md5,
    languages: content.languages,
    location: content.location,
    fields,
    start,
    bodyStart,
    end,
    lines: counted ? countLineFeeds(bytes, bodyStart, end) : undefined,
    parts,
  }
}

const NO_PARTS: readonly Part[] = []
const TEXT_PLAIN = { type: "text", subtype: "plain", parameters: [] }
const OCTETS = { type: "application", subtype: "octet-stream", parameters: [] }
const MESSAGE = { type: "message", subtype: "rfc822", parameters: [] }

function mayEnter(work: Work, depth: number): boolean {
  if (depth >= DEPTH_LIMIT) work.truncated.add("depth")
  else if (work.parts >= PARTS_LIMIT) work.truncated.add("parts")
  else return true
  return false
}

function scanInner(work: Work, encoding: string, start: number, end: number, depth: number): readonly Part[] {
  // An encoded message is only allowed for message/global (RFC 6532 §3.5), and then only decoding opens it.
  if (!IDENTITY.has(encoding) || !mayEnter(work, depth)) return NO_PARTS
  return [scanPart(work, start, end, depth + 1, false)]
}

const IDENTITY: ReadonlySet<string> = new Set(["7bit", "8bit", "binary"])

function scanMultipart(
  work: Work,
  content: ContentFields,
  bodyStart: number,
  end: number,
  depth: number,
  digest: boolean,
): readonly Part[] {
  if (content.boundary === undefined || !mayEnter(work, depth)) return NO_PARTS
  work.dashLines ??= findDashLines(work.bytes, bodyStart)
  if (work.dashLines.truncated) work.truncated.add("dash-lines")
  const found: Delimiters = findDelimiters(
    work.bytes,
    work.dashLines,
    content.boundary,
    bodyStart,
    end,
    PARTS_LIMIT - work.parts,
  )
  if (found.truncated !== undefined) work.truncated.add(found.truncated)
  const parts: Part[] = []
  for (let index = 0; index < found.starts.length; index++) {
    if (work.parts >= PARTS_LIMIT) {
      work.truncated.add("parts")
      break
    }
    parts.push(scanPart(work, found.starts[index] ?? end, found.ends[index] ?? end, depth + 1, digest))
  }
  return parts
}
