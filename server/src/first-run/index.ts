/**
 * What the first-run page needs done, on the real house: the first person, a mail through the SMTP door, and that
 * person's newest mail. Opens mail for the session that the page holds, and for no other.
 */
import type { Socket } from "node:net"
import { messageIds } from "@letterkeep/mime"
import type { OnTryStep, SetupService, SetupSession, TryOutcome } from "../doors/http/index.ts"
import { findMessage, newestMessages, type SealedIndex } from "../messages/index.ts"
import { countAccounts, type People } from "../people/index.ts"
import type { Clock } from "../ports/clock.ts"
import type { Log } from "../ports/log.ts"
import type { Egress } from "../ports/network/index.ts"
import { type Choices, createSignalHonouring, mailAddress, type Privacy } from "../privacy/index.ts"
import { asId, type EmailId, type Store } from "../store/index.ts"
import type { VaultSession, Vaults } from "../vaults/index.ts"
import { makeFirstPerson } from "./first-person.ts"
import { type MayRead, mailboxNames, openMail, showMail } from "./show-mail.ts"
import { sendTryMail } from "./try-mail.ts"

export interface FirstRunParts {
  readonly sealedIndex: Pick<SealedIndex, "forSession">
  readonly people: People
  readonly store: Store
  readonly vaults: Vaults
  readonly privacy: Privacy
  readonly choices: Pick<Choices, "chooseOnce">
  /** To this server's SMTP door. */
  readonly connect: (egress: Egress) => Promise<Socket>
  readonly clock: Clock
  readonly log: Log
  readonly hostname: string
}

const inboxLimit = 50
/** Nobody has this domain (RFC 6761 §6.4): it is none of ours, so the letter is not taken for a forgery. */
const sender = "welcome@letterkeep.invalid"

export function createFirstRun(parts: FirstRunParts): SetupService {
  const { people, store } = parts
  const honourSignal = createSignalHonouring(parts.choices, parts.log)
  // The door hands back what it was given; the vault session behind it stays here.
  const vaults = new WeakMap<SetupSession, VaultSession>()
  const vaultOf = (session: SetupSession): VaultSession => {
    const vault = vaults.get(session)
    if (vault === undefined) throw new Error("a session of another house")
    return vault
  }
  const reading = async <T>(
    session: SetupSession,
    work: (permit: MayRead, vault: VaultSession) => Promise<T>,
  ): Promise<T> => {
    const vault = vaultOf(session)
    const subject = { kind: "account", account: vault.account } as const
    return await parts.privacy.gate("mail.read", subject, permit => work(permit, vault))
  }

  const isThereSomebody = async (): Promise<boolean> => (await countAccounts(store)) > 0
  return {
    state: async () => ((await isThereSomebody()) ? "done" : "open"),
    async createFirstPerson(form) {
      const made = await makeFirstPerson(people, form, isThereSomebody)
      if (made.kind !== "created") return made
      const { vault, accountId } = made
      const subject = { kind: "account", account: accountId } as const
      const { address, recoveryCode } = await parts.privacy.gate("account.serve", subject, async permit => ({
        address: made.address.open(permit),
        recoveryCode: made.recoveryCode.open(permit),
      }))
      const session: SetupSession = {
        address,
        isOver: () => vault === undefined || vault.closed,
        close: () => vault?.close(),
      }
      if (vault !== undefined) vaults.set(session, vault)
      return { kind: "created", address, recoveryCode, session }
    },
    async sendTryMail(session, onStep, signal) {
      const messageId = `${crypto.randomUUID()}@${parts.hostname}`
      const failed = await parts.privacy.gate(
        "account.serve",
        { kind: "account", account: vaultOf(session).account },
        async permit => {
          const to = await parts.privacy.disclose(permit, "own-door", mailAddress(session.address))
          const mail = { from: sender, to: to.value, messageId, now: parts.clock.now() }
          return await sendTryMail(() => parts.connect(to.egress), mail, onStep, signal)
        },
      )
      if (failed !== undefined) return failed
      return await reading(session, (permit, vault) => tellArrival(parts, permit, vault, messageId, onStep))
    },
    async honourSignal(session) {
      const { account } = vaultOf(session)
      await parts.privacy.gate("account.serve", { kind: "account", account }, () => honourSignal(account))
    },
    inbox: session =>
      reading(session, async (permit, vault) => {
        const names = await mailboxNames(parts, vault, permit)
        const newest = await newestMessages(parts, vault, inboxLimit)
        return newest.map(message => showMail(message, permit, names))
      }),
    open: (session, id) =>
      reading(session, async (permit, vault) => {
        if (!/^\d{1,15}$/.test(id)) return undefined
        const message = await findMessage(parts, vault, asId<EmailId>(Number(id)))
        return message === undefined ? undefined : await openMail(parts, message, permit, vault)
      }),
  }
}

/** The door's yes came after the commit: all that the mail has been through by then can be told. */
async function tellArrival(
  parts: FirstRunParts,
  permit: MayRead,
  vault: VaultSession,
  messageId: string,
  onStep: OnTryStep,
): Promise<TryOutcome> {
  for (const message of await newestMessages(parts, vault, inboxLimit)) {
    const summary = message.summary?.open(permit)
    if (summary === undefined || !messageIds(summary.fields()["message-id"] ?? "").includes(messageId))
      continue
    onStep("screened", summary.screening().reasons[0]?.sentence)
    onStep("sealed", "AES-256-GCM, under today’s key of your account")
    onStep("kept", `message ${message.uid} of its mailbox`)
    return { kind: "kept", id: String(message.email) }
  }
  return { kind: "failed", step: "kept", message: "The door took the mail, but it is not in your account." }
}
