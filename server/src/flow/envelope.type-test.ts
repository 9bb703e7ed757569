import type { IpAddress, MailAddress, Permit } from "../privacy/index.ts"
import type { Envelope, Receive, RecipientAnswer } from "./envelope.ts"

/**
 * Compiled by tsc, never run: what an envelope tells of people is personal. A line that must not compile says so;
 * once it compiles, tsc fails on the unused expectation.
 */
declare const envelope: Envelope
declare const receive: Receive
declare const address: MailAddress
declare const source: IpAddress
declare const answer: Extract<RecipientAnswer, { kind: "local" }>
declare const protect: Permit<"server.protect">
declare const screen: Permit<"mail.screen">
declare const taking: Permit<"mail.receive">

export function mayBeOpened(): readonly string[] {
  const [recipient] = envelope.recipients
  return [
    envelope.source.ip.open(protect),
    envelope.source.ip.open(screen),
    envelope.reversePath.open(taking),
    recipient?.orcpt?.open(taking) ?? "",
    answer.address.open(taking),
  ]
}

export function mustBePersonal(): void {
  // @ts-expect-error: a text is no recipient
  void receive.recipient("ann@example.org")
  // @ts-expect-error: a text is no reverse-path
  receive.begin({ ...envelope, reversePath: "carla@far.test" })
  // @ts-expect-error: a text is no source
  receive.begin({ ...envelope, source: { ip: "192.0.2.1", port: 25 } })
  // @ts-expect-error: a text is no recipient
  receive.begin({ ...envelope, recipients: [{ accountId: answer.accountId, address: "ann@example.org" }] })
  // @ts-expect-error: a text is no original recipient
  receive.begin({ ...envelope, recipients: [{ ...answer, orcpt: "rfc822;ann@example.org" }] })
  // @ts-expect-error: a text is not what a peer calls itself
  receive.begin({ ...envelope, helo: "anns-laptop.example" })
  // @ts-expect-error: a text is no ENVID
  receive.begin({ ...envelope, envid: "ann-to-bob" })
  // @ts-expect-error: a source is no address
  const mixed: MailAddress = source
  // @ts-expect-error: nor is an address a source
  const other: IpAddress = address
  void [mixed, other]
}
