/**
 * GETQUOTA, GETQUOTAROOT, SETQUOTA (RFC 9208 §4.1): an account has one root, called "", for all its mailboxes. The
 * one resource is STORAGE, in units of 1,024 octets; without a limit the list of resources is empty.
 */
import { type CommandOf, writeMailboxName } from "@letterkeep/imap"
import type { QuotaState } from "../../../messages/index.ts"
import { type Answer, namesAreUtf8, type Out, type Visit } from "../handler.ts"
import { findMailbox, noSuchMailbox } from "./find-mailbox.ts"

export async function getQuota(
  { mail }: Pick<Visit, "mail">,
  { root }: CommandOf<"GETQUOTA">,
  out: Out,
): Promise<Answer> {
  if (root !== "") return { kind: "no", code: "NONEXISTENT", text: 'The only quota root here is ""' }
  out.write(quotaLine(await mail.quota()))
  return { kind: "ok", text: "That is the quota" }
}

export async function getQuotaRoot(
  visit: Pick<Visit, "mail" | "enabled" | "privacy">,
  { mailbox }: CommandOf<"GETQUOTAROOT">,
  out: Out,
): Promise<Answer> {
  const found = await findMailbox(visit, mailbox)
  if (found === undefined) return noSuchMailbox
  out.write(`* QUOTAROOT ${writeMailboxName(found.name, namesAreUtf8(visit.enabled))} ""\r\n`)
  out.write(quotaLine(await visit.mail.quota()))
  return { kind: "ok", text: "That is the quota" }
}

export function setQuota(): Answer {
  return { kind: "no", code: "NOPERM", text: "Quotas are set by the server's operator, not by mail programs" }
}

const unit = 1_024

function quotaLine({ usedBytes, limitBytes }: QuotaState): string {
  const storage =
    limitBytes === null ? "" : `STORAGE ${Math.ceil(usedBytes / unit)} ${Math.floor(limitBytes / unit)}`
  return `* QUOTA "" (${storage})\r\n`
}
