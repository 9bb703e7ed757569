/**
 * People: organisations, domains, accounts and their addresses; credentials, sign-in and live sessions; whose
 * mailbox an address is, and what a person wants of a sender. Owns the tables org, domain, account, address,
 * credential and sender_rule.
 */
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { Log } from "../ports/log.ts"
import {
  type IpAddress,
  ipAddress,
  type MailAddress,
  type Organisation,
  type Permit,
  type Privacy,
  type Secret,
  type SenderPattern,
} from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store, Tx } from "../store/index.ts"
import type { VaultSession, Vaults } from "../vaults/index.ts"
import { type AddedAccount, type AddedAlias, addAccount, addAlias, type OnAccountOpened } from "./accounts.ts"
import {
  type AddedAppPassword,
  type AppPassword,
  addAppPassword,
  listAppPasswords,
  type RemovedAppPassword,
  removeAppPassword,
} from "./app-passwords.ts"
import { createArgonQueue } from "./argon-queue.ts"
import { addFirstPerson, type FirstPerson } from "./first-person.ts"
import type { OnNotice } from "./notice.ts"
import { type AddedDomain, type AddedOrg, addDomain, addOrg } from "./organisations.ts"
import { type ChangedPassword, changePassword, type RenewedCode, renewRecoveryCode } from "./passwords.ts"
import type { Protocol } from "./protocol.ts"
import { type MayFind, openRecipients, type Recipient } from "./recipients.ts"
import { adminReset, type Recovered, type ResetPassword, recover } from "./recovery.ts"
import { type ReopenedMail, reopenOldMail } from "./reopen.ts"
import { beginScram, type ScramChannel, type ScramExchange } from "./scram-sign-in.ts"
import {
  type AddedRule,
  openSenderRules,
  type RuleAction,
  type RuleVerdict,
  type SenderRule,
} from "./sender-rules.ts"
import { isCurrentGeneration, openSessions } from "./sessions.ts"
import { type SignedIn, type SignedInAccount, signIn } from "./sign-in.ts"
import { createSignInLimits } from "./sign-in-limits.ts"
import { createStretchQueue } from "./stretch-queue.ts"

export { type AccountFacts, accountFacts, accountsAfter } from "./account-facts.ts"
export type { AddedAccount, AddedAlias, OnAccountOpened } from "./accounts.ts"
export type { AddedAppPassword, AppPassword, RemovedAppPassword } from "./app-passwords.ts"
export { countAccounts, countDomains } from "./counts.ts"
export { normaliseDomain } from "./domain.ts"
export type { FirstPerson } from "./first-person.ts"
export type { Notice, OnNotice } from "./notice.ts"
export type { AddedDomain, AddedOrg } from "./organisations.ts"
export { ownAddresses } from "./own-addresses.ts"
export { MIN_PASSWORD_CHARACTERS } from "./password-rules.ts"
export type { ChangedPassword, RenewedCode } from "./passwords.ts"
export { primaryAddress } from "./primary-address.ts"
export type { AppProtocol, Protocol } from "./protocol.ts"
export type { Recipient } from "./recipients.ts"
export type { Recovered, ResetPassword } from "./recovery.ts"
export type { RefusalCode, Refused, SlowDown } from "./refusal.ts"
export type { ReopenedMail } from "./reopen.ts"
export {
  type SaslAnswer,
  type SaslChannel,
  type SaslOutcome,
  saslMechanisms,
  signInBySasl,
} from "./sasl-sign-in.ts"
export type { ScramChallenge, ScramChannel, ScramExchange, ScramSignedIn } from "./scram-sign-in.ts"
export type { AddedRule, RuleAction, RuleVerdict, SenderRule } from "./sender-rules.ts"
export type { SignedIn, SignedInAccount } from "./sign-in.ts"

/**
 * What says something of a person comes in as personal data and is opened in the gate: to serve the account, to
 * protect the server. What is shown once (a code, a secret) goes out as personal data of its account. `source` is
 * where the peer connects from; without it, this machine.
 */
export interface People {
  addOrg(name: Organisation): Promise<AddedOrg>
  /** `org` is an organisation's name; without it, the only one there is. */
  addDomain(domain: Organisation, org?: Organisation): Promise<AddedDomain>
  /** The first account of an organisation becomes its administrator. The recovery code is shown once. */
  addAccount(address: MailAddress, password: Secret): Promise<AddedAccount>
  /** For a server that has nobody yet: organisation, domain and administrator in one transaction. */
  addFirstPerson(person: FirstPerson): Promise<AddedAccount>
  /** `alongside`: done in the transaction that adds it, as with the others that take one. */
  addAlias(
    alias: MailAddress,
    target: MailAddress,
    alongside?: (tx: Tx) => Promise<void>,
  ): Promise<AddedAlias>

  signIn(address: MailAddress, secret: Secret, protocol: Protocol, source?: IpAddress): Promise<SignedIn>
  /** One exchange by SCRAM, for app passwords; the door offers it over TLS alone. See scram-sign-in.ts. */
  beginScram(protocol: Protocol, source: IpAddress, channel: ScramChannel): ScramExchange
  /** False once the account's credentials changed after this sign-in: the session is over. */
  isStillSignedIn(account: SignedInAccount): Promise<boolean>
  /** Live sessions in this process. */
  liveSessions(): number

  changePassword(
    address: MailAddress,
    current: Secret,
    next: Secret,
    source?: IpAddress,
  ): Promise<ChangedPassword>
  renewRecoveryCode(address: MailAddress, current: Secret, source?: IpAddress): Promise<RenewedCode>
  /** The secret is shown once. */
  addAppPassword(
    address: MailAddress,
    current: Secret,
    protocols: readonly string[],
    label: Secret,
    source?: IpAddress,
  ): Promise<AddedAppPassword>
  listAppPasswords(session: VaultSession): Promise<readonly AppPassword[]>
  removeAppPassword(session: VaultSession, id: number): Promise<RemovedAppPassword>
  /** With a code from before an administrator's reset, `newPassword` must be the present one: see recovery.ts. */
  recover(address: MailAddress, code: Secret, newPassword: Secret, source?: IpAddress): Promise<Recovered>
  reopenOldMail(
    address: MailAddress,
    current: Secret,
    oldSecret: Secret,
    source?: IpAddress,
  ): Promise<ReopenedMail>
  /** By whom the door knows to be an administrator. New mail gets a new key; old mail waits: see recovery.ts. */
  adminReset(
    address: MailAddress,
    newPassword: Secret,
    /** Done in the reset's own transaction, when the new key is there. */
    alongside?: (tx: Tx) => Promise<void>,
  ): Promise<ResetPassword>

  /** Rejects with a temporary error where the database leads the address to another account than this server did. */
  findRecipient(address: MailAddress, permit: MayFind): Promise<Recipient>
  /** The answer kept from an earlier question, at once; undefined when it must be asked. */
  findRecipientKept(address: MailAddress, permit: MayFind): Recipient | undefined
  /** `isHere`: both are addresses of an account here; a rule on one of them counts with any tag. */
  senderRules(
    account: AccountId,
    fromAddress: MailAddress,
    envelopeFrom: MailAddress,
    isHere?: boolean,
  ): Promise<RuleVerdict>
  addRule(
    address: MailAddress,
    action: RuleAction,
    pattern: SenderPattern,
    alongside?: (tx: Tx) => Promise<void>,
  ): Promise<AddedRule>
  listRules(session: VaultSession): Promise<readonly SenderRule[]>

  /** Ends all live sessions. */
  close(): Promise<void>
}

export interface PeopleOptions {
  readonly store: Store
  readonly vaults: Vaults
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly onAccountOpened: OnAccountOpened
  readonly onNotice: OnNotice
  /** Awaited before somebody's session begins; where it rejects, none does. */
  readonly beforeSession?: (account: AccountId) => Promise<void>
}

type MayServe = Permit<"account.serve">

/** A program on this machine, at the control socket or the first-run page. */
const here = ipAddress("local")

export async function openPeople(options: PeopleOptions): Promise<People> {
  const { store, vaults, privacy, clock, chance, log, onAccountOpened, onNotice } = options
  const { beforeSession = async () => undefined } = options
  const recipients = await openRecipients(options)
  const rules = await openSenderRules(options)
  const sessions = await openSessions(store, vaults)
  const limits = createSignInLimits(clock)
  const queues = { argon: createArgonQueue(), stretching: createStretchQueue() }
  const parts = { store, vaults, privacy, clock, chance, log, ...queues, limits, sessions, beforeSession }

  /** What is done on an account's addresses and credentials, while the gate is open for it. */
  const serve = <T>(
    address: MailAddress,
    work: (address: string, permit: MayServe) => Promise<T>,
  ): Promise<T> => serveStranger(permit => work(address.open(permit), permit))
  const serveStranger = <T>(work: (permit: MayServe) => Promise<T>): Promise<T> =>
    privacy.gate("account.serve", { kind: "stranger" }, work)
  const serveOwner = <T>({ account }: VaultSession, work: () => Promise<T>): Promise<T> =>
    privacy.gate("account.serve", { kind: "account", account }, work)

  /** Other processes hear it from the database; this one need not wait for that. */
  async function thenForget<T>(work: Promise<T>): Promise<T> {
    const done = await work
    recipients.forget()
    return done
  }
  function endSessions(account: { readonly id: AccountId; readonly credentialGeneration: number }): void {
    sessions.end(account.id, account.credentialGeneration)
  }

  return {
    addOrg: name => serveStranger(permit => addOrg(parts, name.open(permit))),
    addDomain: (domain, org) =>
      thenForget(serveStranger(permit => addDomain(parts, domain.open(permit), org?.open(permit)))),
    addAccount: (address, password) =>
      thenForget(
        serve(address, (plain, permit) => addAccount(parts, onAccountOpened, plain, password.open(permit))),
      ),
    addFirstPerson: person =>
      thenForget(serveStranger(permit => addFirstPerson(parts, onAccountOpened, person, permit))),
    addAlias: (alias, target, alongside) =>
      thenForget(serve(alias, from => serve(target, to => addAlias(parts, from, to, alongside)))),

    signIn: (address, secret, protocol, source = here) =>
      serve(address, (plain, permit) => signIn(parts, plain, secret.open(permit), protocol, source)),
    beginScram(protocol, source, channel) {
      const { first, last } = beginScram(parts, protocol, source, channel)
      return {
        first: message => serveStranger(permit => first(message.open(permit))),
        last: message => serveStranger(permit => last(message.open(permit))),
      }
    },
    isStillSignedIn: account => isCurrentGeneration(store, account.id, account.credentialGeneration),
    liveSessions: () => sessions.live,

    async changePassword(address, current, next, source = here) {
      const done = await serve(address, (plain, permit) =>
        changePassword(parts, plain, current.open(permit), next.open(permit), source),
      )
      if (done.kind !== "changed") return done
      endSessions(done.account)
      onNotice(done.account.id, "password-changed")
      return done
    },
    async renewRecoveryCode(address, current, source = here) {
      const done = await serve(address, (plain, permit) =>
        renewRecoveryCode(parts, plain, current.open(permit), source),
      )
      if (done.kind === "renewed") onNotice(done.account.id, "recovery-code-renewed")
      return done
    },
    async addAppPassword(address, current, protocols, label, source = here) {
      const done = await serve(address, (plain, permit) =>
        addAppPassword(parts, plain, current.open(permit), protocols, label.open(permit), source),
      )
      if (done.kind === "added") onNotice(done.account.id, "app-password-added")
      return done
    },
    listAppPasswords: session => serveOwner(session, () => listAppPasswords(parts, session)),
    async removeAppPassword(session, id) {
      const done = await serveOwner(session, () => removeAppPassword(parts, session, id))
      if (done.kind !== "removed") return done
      sessions.end(session.account, done.generation)
      onNotice(session.account, "app-password-removed")
      return { kind: "removed" }
    },
    async recover(address, code, newPassword, source = here) {
      const done = await serve(address, (plain, permit) =>
        recover(parts, plain, code.open(permit), newPassword.open(permit), source),
      )
      if (done.kind === "recovered") {
        endSessions(done.account)
        onNotice(done.account.id, "password-recovered")
      }
      if (done.kind === "reopened") onNotice(done.account.id, "old-mail-reopened")
      return done
    },
    async reopenOldMail(address, current, oldSecret, source = here) {
      const done = await serve(address, (plain, permit) =>
        reopenOldMail(parts, plain, current.open(permit), oldSecret.open(permit), source),
      )
      if (done.kind === "reopened") onNotice(done.account.id, "old-mail-reopened")
      return done
    },
    async adminReset(address, newPassword, alongside) {
      const done = await serve(address, (plain, permit) =>
        adminReset(parts, plain, newPassword.open(permit), alongside),
      )
      if (done.kind !== "reset") return done
      vaults.generationBegan(done.account.id)
      endSessions(done.account)
      onNotice(done.account.id, "password-reset")
      return done
    },

    findRecipient: (address, permit) => recipients.find(address, permit),
    findRecipientKept: (address, permit) => recipients.findKept(address, permit),
    senderRules: (account, from, envelopeFrom, isHere) => rules.verdict(account, from, envelopeFrom, isHere),
    addRule: (address, action, pattern, alongside) =>
      serve(address, (plain, permit) => rules.add(plain, action, pattern.open(permit), alongside)),
    listRules: session => serveOwner(session, () => rules.list(session)),

    async close() {
      await sessions.close()
      await rules.close()
      await recipients.close()
    },
  }
}
