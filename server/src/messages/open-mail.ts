/** The mail of one account in one live session: every method of `Mail`, each in a file of its own. */
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import { systemTimer } from "../ports/timer.ts"
import type { Privacy } from "../privacy/index.ts"
import type { AccountId, Store } from "../store/index.ts"
import { VaultError, type VaultSession, type Vaults } from "../vaults/index.ts"
import { bodyPieces } from "./bodies/body-pieces.ts"
import { createReadAhead } from "./bodies/read-ahead.ts"
import { singleOf, wholeBodies } from "./bodies/whole-bodies.ts"
import type { Mail, QuotaState } from "./mail.ts"
import { appendMessages } from "./mailbox-content/append-messages.ts"
import { changesOf } from "./mailbox-content/changes-since.ts"
import { copyMessages } from "./mailbox-content/copy-messages.ts"
import { expunge } from "./mailbox-content/expunge.ts"
import { messageRows } from "./mailbox-content/message-rows.ts"
import { replaceMessage } from "./mailbox-content/replace-message.ts"
import { snapshotOf } from "./mailbox-content/snapshot.ts"
import { storeFlags } from "./mailbox-content/store-flags.ts"
import { createMailbox } from "./mailbox-tree/create-mailbox.ts"
import { deleteMailbox } from "./mailbox-tree/delete-mailbox.ts"
import { goneSubscriptionsOf } from "./mailbox-tree/gone-subscriptions.ts"
import { mailboxesOf } from "./mailbox-tree/list-mailboxes.ts"
import { createMailboxNames, type MailboxNames } from "./mailbox-tree/mailbox-names.ts"
import { renameMailbox } from "./mailbox-tree/rename-mailbox.ts"
import { subscribeMailbox } from "./mailbox-tree/subscribe-mailbox.ts"
import { everyUid } from "./uid-ranges.ts"

/** What reads of content are made of: the sealed index, and the search on it. */
export type Contents = Pick<Mail, "summaries" | "search">

export interface MailParts {
  readonly store: Store
  readonly vaults: Pick<Vaults, "sealKeys" | "sealToServer" | "openFromServer" | "keyedHash">
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly chance: Chance
  /** `mail`: the rest of this session's. */
  readonly contents: (session: VaultSession, mail: Omit<Mail, keyof Contents>) => Contents
}

/** What the methods need of the house and of the session. */
export interface AccountParts extends Omit<MailParts, "contents"> {
  readonly session: VaultSession
  readonly account: AccountId
  readonly names: MailboxNames
}

/** Methods throw VaultError "session-closed" once the session has ended. */
export function createMail(house: MailParts): (session: VaultSession) => Mail {
  return session => {
    const { account } = session
    const parts: AccountParts = {
      ...house,
      session,
      account,
      names: createMailboxNames(house.vaults, account),
    }
    /** Runs a method of a session that is still open. */
    const live = <T>(run: () => T): T => {
      if (session.closed) throw new VaultError("session-closed", "the session has ended")
      return run()
    }
    const ahead = createReadAhead((mailbox, uids) => wholeBodies(parts, mailbox, uids), systemTimer)
    const mail: Omit<Mail, keyof Contents> = {
      account,
      mailboxes: async () => live(() => mailboxesOf(parts.store, account, parts.names)),
      createMailbox: async (name, role) => live(() => createMailbox(parts, name, role ?? null)),
      deleteMailbox: async name => live(() => deleteMailbox(parts, name)),
      renameMailbox: async (from, to) => live(() => renameMailbox(parts, from, to)),
      goneSubscriptions: async () => live(() => goneSubscriptionsOf(parts.store, account, parts.names)),
      subscribe: async (name, subscribed) => live(() => subscribeMailbox(parts, name, subscribed)),
      quota: async () => live(() => quotaOf(parts)),
      snapshot: async mailbox => live(() => snapshotOf(parts, mailbox)),
      rows: (mailbox, uids, changedSince) =>
        live(() => messageRows(parts.store, parts.store.sql, account, mailbox, uids, changedSince)),
      changes: async (mailbox, since) => live(() => changesOf(parts, mailbox, since)),
      body: (body, from, to) => live(() => bodyPieces(parts, body, from, to)),
      bodies: (mailbox, uids, uidsAlone = false) =>
        live(() => {
          const single = uidsAlone ? singleOf(uids) : undefined
          return single === undefined ? wholeBodies(parts, mailbox, uids) : ahead.one(mailbox, single)
        }),
      store: async (mailbox, uids, change, unchangedSince) =>
        live(() => storeFlags(parts, mailbox, uids, change, unchangedSince)),
      copy: async (from, uids, to) => live(() => copyMessages(parts, "copy", from, uids, to)),
      move: async (from, uids, to) => live(() => copyMessages(parts, "move", from, uids, to)),
      expunge: async (mailbox, uids) => live(() => expunge(parts, mailbox, uids ?? everyUid)),
      append: async (to, messages, permit) => live(() => appendMessages<never>(parts, to, messages, permit)),
      replace: async (from, uid, to, message, permit) =>
        live(() => replaceMessage(parts, from, uid, to, message, permit)),
    }
    return { ...mail, ...house.contents(session, mail) }
  }
}

async function quotaOf({ store, account }: AccountParts): Promise<QuotaState> {
  const [row] = await store.sql<{ used_bytes: number; messages: number; quota_bytes: number | null }[]>`
    select used_bytes, messages, quota_bytes from mail_state where account_id = ${account}`
  return {
    usedBytes: row?.used_bytes ?? 0,
    messages: row?.messages ?? 0,
    limitBytes: row?.quota_bytes ?? null,
  }
}
