import type { MessageScan } from "@letterkeep/mime"
import type { MailAddress, Permit } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"

/** Reads what other servers report of a domain of ours, once the message that brings it is kept. */
export interface ReportReader {
  /** At once, under the permit by which the message was kept; what follows is its own work, and never fails the caller. */
  take(arrived: ArrivedReport, permit: Permit<"mail.receive">): void
}

export interface ArrivedReport {
  /** Those whose inbox it went to, by the addresses that it was sent to. */
  readonly recipients: readonly { readonly accountId: AccountId; readonly address: MailAddress }[]
  readonly scan: MessageScan
  /** The domain in From, where something vouches for it; lower case. */
  readonly reporter: string | undefined
  /** Domains whose signatures (DKIM) hold, lower case. */
  readonly signers: readonly string[]
}
