/**
 * Base64 as notes have it: the alphabet of RFC 4648 §4, with padding, in its one canonical form. Written with what
 * Node and browsers both have.
 */

export function toBase64(octets: Uint8Array): string {
  let text = ""
  for (const octet of octets) text += String.fromCharCode(octet)
  return btoa(text)
}

/** Undefined where the text is not exactly what `toBase64` writes. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  const octets = Uint8Array.from(atob(text), character => character.charCodeAt(0))
  return toBase64(octets) === text ? octets : undefined // RFC 4648 §3.5: unused bits are zero
}
