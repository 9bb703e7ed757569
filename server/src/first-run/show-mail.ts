/** Mail of the session's account in the form in which the first-run page shows it. */
import { decodeWords, mailboxesOf, parseAddressList, scanMessage, textOf } from "@letterkeep/mime"
import type { Correspondent, Listed, OpenedMail } from "../doors/http/index.ts"
import { type ListedMessage, listMailboxes, openBody, sealedSizeOf } from "../messages/index.ts"
import type { Permit } from "../privacy/index.ts"
import type { Store } from "../store/index.ts"
import type { VaultSession, Vaults } from "../vaults/index.ts"

export type MayRead = Permit<"mail.read">

interface Parts {
  readonly store: Store
  readonly vaults: Vaults
}

/** Characters of text that the page shows. */
const textLimit = 64 * 1024

/** Names of the account's mailboxes, by id. */
export async function mailboxNames(
  { store, vaults }: Parts,
  vault: VaultSession,
  permit: MayRead,
): Promise<ReadonlyMap<number, string>> {
  const rows = await listMailboxes(store.sql, vaults, vault.account)
  return new Map(rows.map(({ id, name }) => [id, name.open(permit)]))
}

/** One line of the list. */
export function showMail(
  message: ListedMessage,
  permit: MayRead,
  names: ReadonlyMap<number, string>,
): Listed {
  const fields = message.summary?.open(permit).fields()
  const [from] = correspondents(fields?.from ?? "")
  return {
    id: String(message.email),
    from: from ?? { name: "", address: "" },
    subject: decodeWords(fields?.subject ?? ""),
    receivedAt: message.receivedAt.getTime(),
    mailbox: names.get(message.mailbox) ?? "",
  }
}

/** The whole mail, in memory while it is read: bounded by what the SMTP door lets in. */
export async function openMail(
  parts: Parts,
  message: ListedMessage,
  permit: MayRead,
  vault: VaultSession,
): Promise<OpenedMail | undefined> {
  const summary = message.summary?.open(permit)
  if (summary === undefined) return undefined
  const [fields, screening] = [summary.fields(), summary.screening()]
  const chunks: Buffer[] = []
  for await (const chunk of openBody(parts.store, vault, message.body)) chunks.push(chunk.open(permit))
  const letter = Buffer.concat(chunks).subarray(summary.traceBytes)
  return {
    ...showMail(message, permit, await mailboxNames(parts, vault, permit)),
    to: correspondents(fields.to ?? ""),
    text: textOf(scanMessage(letter), textLimit),
    verdict: {
      kind: screening.kind === "accept" ? "wanted" : "junk",
      reasons: screening.reasons.map(reason => reason.sentence),
    },
    facts: {
      size: summary.messageBytes,
      sealedBytes: await sealedSizeOf(parts.store, vault.account, message.body),
      more: [
        { name: "UID", value: String(message.uid) },
        { name: "Thread", value: String(message.thread) },
        { name: "Message-ID", value: fields["message-id"] ?? "" },
      ],
    },
  }
}

function correspondents(field: string): Correspondent[] {
  return mailboxesOf(parseAddressList(field)).map(mailbox => ({
    name: decodeWords(mailbox.name ?? ""),
    address: `${mailbox.local}@${mailbox.domain}`,
  }))
}
