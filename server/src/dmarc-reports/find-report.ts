import { decodeTransfer, fileName, type MessageScan, octetsOf, type Part } from "@letterkeep/mime"

/**
 * The attachment of a message that looks like an aggregate report (RFC 9990 §3.5.2): gzip, zip or XML by its type, or by
 * its file's name where the type says nothing. Undefined where there is none, or it is larger than is read.
 */
export function findReport({ bytes, root }: MessageScan): Buffer | undefined {
  const part = findPart(root, 0)
  if (part === undefined || octetsOf(part) > encodedLimit) return undefined
  const decoded = decodeTransfer(bytes.subarray(part.bodyStart, part.end), part.encoding, packedLimit + 1)
  // A copy: the rest of the message is not kept in memory for it.
  return decoded.length > packedLimit ? undefined : Buffer.from(decoded)
}

/** Octets of the attachment, as it is packed: RFC 9990 speaks of 10 MB as what mail takes; reports are far smaller. */
const packedLimit = 4 * 1024 * 1024
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

const types: ReadonlySet<string> = new Set([
  ...["application/gzip", "application/x-gzip", "application/zip", "application/x-zip"],
  ...["application/x-zip-compressed", "application/xml", "text/xml", "application/dmarc+xml"],
])

function isReport(part: Part): boolean {
  if (types.has(`${part.type}/${part.subtype}`)) return true
  return part.subtype === "octet-stream" && /\.(?:xml|gz|zip)$/i.test(fileName(part) ?? "")
}
