/** Octets as text, strictly; and the one answer to what is not in its form. */
export interface Malformed {
  readonly kind: "malformed"
  /** For a log of the operator's own making and for tests; it says nothing of what the client sent. */
  readonly why: string
}

export function malformed(why: string): Malformed {
  return { kind: "malformed", why }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** RFC 3629: undefined where the octets are no UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    // not UTF-8: the caller has a word for it
    return undefined
  }
}
