import type { TextScan } from "./text-scan.ts"

/**
 * Looks for the true end of a message that broke a rule: CRLF "." CRLF, and nothing that resembles it. All
 * before it is dropped, so no byte of such a message is ever taken for a command.
 */

const terminator = Buffer.from("\r\n.\r\n", "latin1")
const CR = 0x0d
const nothing = new Uint8Array(0)

export function createSkipScan(): TextScan {
  /** Octets of the terminator matched so far, 0 to 4. */
  let matched = 0
  return {
    hangs: false,
    read(bytes) {
      let at = 0
      while (at < bytes.length) {
        if (matched === 0) {
          const next = bytes.indexOf(CR, at)
          if (next < 0) break
          at = next + 1
          matched = 1
          continue
        }
        const octet = bytes[at]
        if (octet === terminator[matched]) matched += 1
        else matched = octet === CR ? 1 : 0
        at += 1
        if (matched === terminator.length) {
          matched = 0
          return { consumed: at, kept: nothing, before: 0, state: "ended" }
        }
      }
      return { consumed: bytes.length, kept: nothing, before: 0, state: "goes-on" }
    },
  }
}
