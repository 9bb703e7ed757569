/** Words for what became of a message, where they are shown in a terminal. */
import type { FarWord, WhyNot } from "../../../sending/index.ts"
import { plain } from "./plain.ts"

export const reasons: Readonly<Record<WhyNot, string>> = {
  refused: "it was refused",
  "null-mx": "the domain takes no mail",
  "no-such-domain": "there is no such domain",
  "dns-failed": "the DNS gave no answer",
  unreachable: "no server of the domain could be reached",
  "timed-out": "the far side took too long",
  "connection-lost": "the connection was lost",
  nonsense: "the far side did not speak SMTP",
  "no-tls": "the far side offers no encryption, and must",
  unverified: "the far side did not show the certificate that it must",
  "needs-smtputf8": "the far side does not take international addresses",
  "needs-8bitmime": "the far side does not take eight-bit mail",
  "needs-requiretls": "the far side does not promise to keep it encrypted, as its sender asks",
  "loops-back": "the domain's mail server is this one, which has no such domain",
  "too-big": "it is larger than the far side takes",
  "trouble-here": "something is wrong on this server: its log says what",
  expired: "its time is over",
  "taken-out": "it was taken out",
}

export function farWordText({ code, enhanced, text }: FarWord): string {
  return plain([String(code), ...(enhanced === undefined ? [] : [enhanced]), text].join(" "))
}

/** "2026-11-26 10:02", UTC. */
export const minuteOf = (iso: string): string => iso.slice(0, 16).replace("T", " ")
