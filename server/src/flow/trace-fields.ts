/**
 * What is written above a message when it is kept: Return-Path, Received, the results of authentication and
 * the verdict. Each ends in CRLF; values of the peer are cleaned, so that none can begin a field of its own.
 */
import { mailDate } from "@letterkeep/dsn"
import type { Permit } from "../privacy/index.ts"
import type { Envelope } from "./envelope.ts"
import type { SubmissionEnvelope } from "./submission.ts"

export { screeningField } from "../messages/index.ts"

type MayReceive = Permit<"mail.receive">

/** RFC 5321 §4.4: the reverse-path as the last thing that is added at final delivery. */
export function returnPath(
  { reversePath }: Pick<Envelope, "reversePath">,
  permit: Permit<"mail.receive" | "mail.send">,
): string {
  return `Return-Path: <${clean(reversePath.open(permit))}>\r\n`
}

/**
 * RFC 5321 §4.4. The recipient is named only when it is the only one: others must not learn of it (RFC 5321
 * §7.2). `id` names the message in our log.
 */
export function received(
  envelope: Envelope,
  hostname: string,
  id: string,
  now: number,
  permit: MayReceive,
): string {
  const [only, ...others] = envelope.recipients
  const ip = envelope.source.ip.open(permit)
  const literal = ip.includes(":") ? `IPv6:${ip}` : ip
  const tls = envelope.tls
  return [
    `Received: from ${clean(envelope.helo.open(permit))} ([${literal}])`,
    `\tby ${hostname} (Letterkeep) with ${envelope.protocol} id ${id}`,
    ...(tls === undefined ? [] : [`\t(${clean(tls.version)} ${clean(tls.cipher)})`]),
    `${only === undefined || others.length > 0 ? "" : `\tfor <${clean(only.address.open(permit))}>`}`,
  ]
    .filter(line => line !== "")
    .join("\r\n")
    .concat(`;\r\n\t${mailDate(now)}\r\n`)
}

/**
 * Departs from RFC 5321 §4.4: neither the address nor the name of the writer's machine is told to those they write to, so
 * "from" says only that it was a submission. `id` names the message in our log.
 */
export function submitted(
  { protocol, tls }: Pick<SubmissionEnvelope, "protocol" | "tls">,
  hostname: string,
  id: string,
  now: number,
): string {
  const cipher = tls === undefined ? "" : `\r\n\t(${clean(tls.version)} ${clean(tls.cipher)})`
  return `Received: from submission\r\n\tby ${hostname} (Letterkeep) with ${protocol} id ${id}${cipher};\r\n\t${mailDate(now)}\r\n`
}

/** No control character survives, and no value is longer than a line may be (RFC 5322 §2.1.1). */
function clean(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, "").slice(0, 900)
}
