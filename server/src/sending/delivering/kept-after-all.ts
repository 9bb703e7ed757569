/** What a filter sent on, and nobody took: its owner has it after all, as it came, with the reason above it. */
import { explain, type ReportedRecipient } from "@letterkeep/dsn"
import { type Delivery, screeningField, writtenHere } from "../../messages/index.ts"
import type { Permit } from "../../privacy/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { Claimed } from "../contract.ts"

export function keptAfterAll(
  vaults: Pick<Vaults, "keyedHash">,
  { account, reversePath }: Claimed,
  {
    recipients,
    relay,
  }: { readonly recipients: readonly ReportedRecipient[]; readonly relay: string | undefined },
  text: Buffer,
  { now, permit }: { readonly now: number; readonly permit: Permit<"mail.send"> },
): Delivery {
  const reasons = recipients.map(recipient => ({
    code: "not-forwarded",
    sentence: sentenceOf(recipient, relay),
  }))
  const path = reversePath.open(permit).replace(/[\u0000-\u001f\u007f]/g, "")
  const above = Buffer.from(`Return-Path: <${path}>\r\n${screeningField("accept", reasons)}`)
  return writtenHere(vaults, { account, bytes: text, above, reasons, now })
}

function sentenceOf(recipient: ReportedRecipient, relay: string | undefined): string {
  const { sentence, said } = explain(recipient, relay)
  const words = said === undefined || said === "" ? "" : ` The server there said: ${said}`
  return `Your filter sent it on to ${recipient.final.value}, where it did not arrive. ${sentence}${words}`
}
