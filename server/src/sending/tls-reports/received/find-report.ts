import { decodeTransfer, fileName, type MessageScan, octetsOf, type Part } from "@letterkeep/mime"

/**
 * The attachment of a message that looks like a report about TLS (RFC 8460 §5.3, §6.4, §6.5): by its type, or by its
 * file's name where the type says nothing. Undefined where there is none, or it is larger than is read.
 */
export function findReport({ bytes, root }: MessageScan): Buffer | undefined {
  const part = findPart(root, 0)
  if (part === undefined || octetsOf(part) > encodedLimit) return undefined
  const decoded = decodeTransfer(bytes.subarray(part.bodyStart, part.end), part.encoding, packedLimit + 1)
  // A copy: the rest of the message is not kept in memory for it.
  return decoded.length > packedLimit ? undefined : Buffer.from(decoded)
}

/** Octets of the attachment, as it is packed: reports have some hundred, those of the largest reporters some thousand. */
const packedLimit = 1024 * 1024
/** Base64, with its line ends. */
const encodedLimit = Math.ceil(packedLimit * 1.4)
const depthLimit = 4

function findPart(part: Part, depth: number): Part | undefined {
  if (part.type !== "multipart") return isReport(part) ? part : undefined
  if (depth === depthLimit) return undefined
  for (const child of part.parts) {
    const found = findPart(child, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

const sayNothing: ReadonlySet<string> = new Set(["gzip", "x-gzip", "json", "octet-stream"])

function isReport(part: Part): boolean {
  if (part.type !== "application") return false
  if (part.subtype === "tlsrpt+gzip" || part.subtype === "tlsrpt+json") return true
  return sayNothing.has(part.subtype) && /\.json(?:\.gz)?$/i.test(fileName(part) ?? "")
}
