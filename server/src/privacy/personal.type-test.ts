import type { Privacy } from "./gate.ts"
import type { Permit } from "./permit.ts"
import { type Personal, personal } from "./personal.ts"

/**
 * Compiled by tsc, never run: each line that must not compile says so. A rule that goes missing makes its
 * line compile, and then tsc fails on the unused expectation.
 */
declare const privacy: Privacy
declare const read: Permit<"mail.read">
declare const serve: Permit<"account.serve">
declare const screen: Permit<"mail.screen">
declare const receive: Permit<"mail.receive">
declare const protect: Permit<"server.protect">
declare const body: Personal<"user.content.private.mail", Buffer>
declare const sealed: Personal<"user.content.private.sealed", Buffer>
declare const secret: Personal<"user.credentials", string>
declare const source: Personal<"user.device.ip_address", string>
declare const domain: Personal<"user.communications.domain", string>

export function mayBeOpened(): readonly unknown[] {
  return [
    body.open(read),
    body.open(screen),
    body.open(receive),
    sealed.open(read),
    secret.open(serve),
    source.open(protect),
  ]
}

export function mustNotBeOpened(): void {
  // @ts-expect-error: serving an account does not read mail
  body.open(serve)
  // @ts-expect-error: abuse defence does not read mail
  body.open(protect)
  // @ts-expect-error: screening happens before sealing and opens nothing sealed
  sealed.open(screen)
  // @ts-expect-error: reading mail does not see credentials
  secret.open(read)
  // @ts-expect-error: no permit, no value
  body.open()
  // @ts-expect-error: what looks like a permit is none
  body.open({
    purpose: "mail.read",
    subject: { kind: "stranger" },
    policyVersion: "1",
    expires: 1e15,
    require: () => undefined,
    requireFor: () => undefined,
  })
  // @ts-expect-error: there is no such purpose
  void privacy.gate("marketing.campaign", { kind: "stranger" }, async () => undefined)
  // @ts-expect-error: there is no such category
  personal("user.made.up", 1)
  // @ts-expect-error: the value is not a property
  body.value
  // @ts-expect-error: a category is not another
  const other: Personal<"user.credentials", Buffer> = body
  void other
}

export async function mayBeDisclosed(): Promise<string> {
  return (await privacy.disclose(screen, "dns", domain)).value
}

export function mustNotBeDisclosed(): void {
  // @ts-expect-error: the DNS is not told what a message says
  void privacy.disclose(screen, "dns", body)
  // @ts-expect-error: reading tells nobody
  void privacy.disclose(read, "dns", domain)
  // @ts-expect-error: there is no such recipient
  void privacy.disclose(screen, "advertiser", domain)
  // @ts-expect-error: receiving has no standing way to the DNS
  privacy.egressFor("mail.receive", "dns", ["user.communications.domain"])
  // @ts-expect-error: nor is there one for what a message says
  privacy.egressFor("mail.screen", "dns", ["user.content.private.mail"])
}
