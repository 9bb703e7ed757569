/** ENABLE (RFC 9051 §6.3.1, RFC 5161). What is not known is passed over. */
import type { Answer, Feature, Out } from "../handler.ts"

const features: ReadonlyMap<string, readonly Feature[]> = new Map([
  ["CONDSTORE", ["CONDSTORE"]],
  ["QRESYNC", ["QRESYNC", "CONDSTORE"]], // RFC 7162 §3.2.3: the one brings the other
  ["UTF8=ACCEPT", ["UTF8=ACCEPT"]],
  ["IMAP4REV2", ["IMAP4REV2"]],
])
/** As they are written. */
const spelling: Partial<Record<Feature, string>> = { IMAP4REV2: "IMAP4rev2" }

export function enable(
  enabled: Set<Feature>,
  asked: readonly string[],
  mailboxIsOpen: boolean,
  out: Out,
): Answer {
  // RFC 5161 §3.1
  if (mailboxIsOpen)
    return { kind: "bad", text: "ENABLE comes before a mailbox is opened; UNSELECT closes this one" }
  const fresh: Feature[] = []
  for (const name of asked) {
    for (const feature of features.get(name.toUpperCase()) ?? []) {
      if (!enabled.has(feature)) fresh.push(feature)
      enabled.add(feature)
    }
  }
  const names = fresh.map(feature => ` ${spelling[feature] ?? feature}`).join("")
  out.write(`* ENABLED${names}\r\n`)
  return { kind: "ok", text: "Enabled" }
}
