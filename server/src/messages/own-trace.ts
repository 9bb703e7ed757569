/**
 * What this server writes above a message when it comes in: the trace fields, the verdict last (see flow's trace
 * fields). Read back where the entry that said so has gone.
 *
 *   trace     = *field verdict
 *   verdict   = "X-Letterkeep-Screening: " kind *(";" CRLF HTAB code " (" sentence ")") CRLF
 *
 * A message that a person put here has none of ours above it, but may hold the fields of an earlier time: it was
 * copied from this server, and reads as it did then.
 */
import { headerText, splitFields } from "@letterkeep/mime"
import type { EntryScreening } from "./entry.ts"

export interface OwnTrace {
  /** 0 where there is none. */
  readonly traceBytes: number
  readonly screening: EntryScreening
}

/** Of a message that was put here, not received. */
export const notScreened: EntryScreening = { kind: "none", reasons: [] }

/** The trace is at the top, and no longer than this. Octets. */
const traceLimit = 32 * 1024
const verdictName = "x-letterkeep-screening"
export const traceNames: ReadonlySet<string> = new Set([
  "return-path",
  "received",
  "authentication-results",
  verdictName,
])

export function readOwnTrace(message: Buffer): OwnTrace {
  const top = message.subarray(0, traceLimit)
  const { fields } = splitFields(top, 0, top.length)
  const [first] = fields
  if (first?.name !== "return-path") return { traceBytes: 0, screening: notScreened }
  for (const { name, end, valueStart, valueEnd } of fields) {
    if (!traceNames.has(name)) break
    if (name === verdictName)
      return { traceBytes: end, screening: readVerdict(headerText(top, valueStart, valueEnd)) }
  }
  return { traceBytes: 0, screening: notScreened }
}

function readVerdict(value: string): EntryScreening {
  const [kind = "", ...lines] = value.split(/;\r?\n[ \t]+/)
  const reasons = lines.flatMap(line => {
    const match = /^([^ ]+) \((.*)\)$/s.exec(line.trim())
    return match === null ? [] : [{ code: match[1] ?? "", sentence: match[2] ?? "" }]
  })
  return { kind: kind.trim(), reasons }
}

/** The verdict with its reasons, so that any mail program can show why a message is where it is. */
export function screeningField(
  kind: string,
  reasons: readonly { readonly code: string; readonly sentence: string }[],
): string {
  const lines = reasons.map(
    ({ code, sentence }) => `\t${plain(code)} (${plain(sentence).replace(/[()\\]/g, " ")})`,
  )
  return `${[`X-Letterkeep-Screening: ${kind}`, ...lines].join(";\r\n")}\r\n`
}

/** No control character, and no longer than a line may be (RFC 5322 §2.1.1). */
function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, "").slice(0, 900)
}
