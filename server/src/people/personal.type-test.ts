import type { IpAddress, MailAddress, Organisation, Permit, Secret, SenderPattern } from "../privacy/index.ts"
import type { VaultSession } from "../vaults/index.ts"
import type { People } from "./index.ts"

/**
 * Compiled by tsc, never run: addresses and sources come to people as personal data and leave it so. A line that must
 * not compile says so; once it compiles, tsc fails on the unused expectation.
 */
declare const people: People
declare const address: MailAddress
declare const source: IpAddress
declare const secret: Secret
declare const pattern: SenderPattern
declare const name: Organisation
declare const receive: Permit<"mail.receive">
declare const serve: Permit<"account.serve">
declare const protect: Permit<"server.protect">
declare const read: Permit<"mail.read">
declare const account: VaultSession["account"]

export function mayBeAsked(): readonly unknown[] {
  return [
    people.signIn(address, secret, "imap", source),
    people.findRecipient(address, receive),
    people.findRecipientKept(address, serve),
    people.senderRules(account, address, address),
  ]
}

export function mustBePersonal(): void {
  // @ts-expect-error: a text is no address
  void people.signIn("ann@example.org", secret, "imap", source)
  // @ts-expect-error: a text is no source
  void people.signIn(address, secret, "imap", "192.0.2.1")
  // @ts-expect-error: a source is no address
  void people.signIn(source, secret, "imap", source)
  // @ts-expect-error: a text is no address
  void people.addAccount("ann@example.org", secret)
  // @ts-expect-error: a text is no address
  void people.addAlias(address, "ann@example.org")
  // @ts-expect-error: a text is no address
  void people.changePassword("ann@example.org", secret, secret)
  // @ts-expect-error: a text is no address
  void people.renewRecoveryCode("ann@example.org", secret)
  // @ts-expect-error: a text is no address
  void people.addAppPassword("ann@example.org", secret, ["imap"], secret)
  // @ts-expect-error: a text is no address
  void people.recover("ann@example.org", secret, secret)
  // @ts-expect-error: a text is no address
  void people.reopenOldMail("ann@example.org", secret, secret)
  // @ts-expect-error: a text is no address
  void people.adminReset("ann@example.org", secret)
  // @ts-expect-error: a text is no address
  void people.addRule("ann@example.org", "block", pattern)
  // @ts-expect-error: a text is no password
  void people.signIn(address, "secret", "imap", source)
  // @ts-expect-error: a text is no new password
  void people.changePassword(address, secret, "next")
  // @ts-expect-error: a text is no recovery code
  void people.recover(address, "code", secret)
  // @ts-expect-error: a text is no label
  void people.addAppPassword(address, secret, ["imap"], "Phone")
  // @ts-expect-error: a text is no pattern
  void people.addRule(address, "block", "spam.example")
  // @ts-expect-error: a text is no organisation
  void people.addOrg("Example")
  // @ts-expect-error: a text is no domain
  void people.addDomain("example.org", name)
  // @ts-expect-error: a text is no sender
  void people.senderRules(account, "ann@example.org", address)
  // @ts-expect-error: nobody is looked up without a permit
  void people.findRecipient(address)
  // @ts-expect-error: abuse defence does not ask whose mailbox it is
  void people.findRecipient(address, protect)
  // @ts-expect-error: nor does reading
  people.findRecipientKept(address, read)
}

export async function mustStayPersonal(): Promise<void> {
  const added = await people.addAccount(address, secret)
  if (added.kind !== "added") return
  // @ts-expect-error: a new account's address is personal
  const text: string = added.address
  // @ts-expect-error: so is what it is shown once
  const code: string = added.recoveryCode
  void [text, code]
}

export async function mustStayPersonalInLists(session: VaultSession): Promise<void> {
  const [rule] = await people.listRules(session)
  const [program] = await people.listAppPasswords(session)
  // @ts-expect-error: whom a person has a rule for is personal
  const pattern: string | undefined = rule?.pattern
  // @ts-expect-error: what a person calls a program is personal
  const label: string | undefined = program?.label
  void [pattern, label]
}
