import type { WantedRecord } from "./facts.ts"

/** Octets of one character-string (RFC 1035 §3.3). */
const stringBytes = 255
/** Seconds. */
const ttl = 3600

/**
 * The records as lines of a zone file (RFC 1035 §5). What lies outside of the domain belongs to another zone: it stands
 * there as a comment.
 */
export function zoneFile(domain: string, records: readonly WantedRecord[]): string {
  const isInside = ({ name }: WantedRecord): boolean => name === domain || name.endsWith(`.${domain}`)
  const elsewhere = records.filter(record => !isInside(record))
  return [
    `; for the zone of ${domain}`,
    ...records.filter(isInside).map(zoneLine),
    ...(elsewhere.length === 0 ? [] : ["; for the zone that these names are in:"]),
    ...elsewhere.map(record => `; ${zoneLine(record)}`),
    "",
  ].join("\n")
}

export function zoneLine({ name, type, value }: WantedRecord): string {
  return `${name}. ${ttl} IN ${type} ${type === "TXT" ? quoted(value) : value}`
}

/** A long text is several strings, which whoever reads it joins without a blank. */
function quoted(text: string): string {
  const pieces: string[] = []
  for (let at = 0; at === 0 || at < text.length; at += stringBytes)
    pieces.push(text.slice(at, at + stringBytes))
  return pieces.map(piece => `"${piece.replace(/["\\]/g, "\\$&")}"`).join(" ")
}
