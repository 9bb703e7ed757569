/** Mail from the server itself, kept in a person's inbox like any other message. */
import { mailDate } from "@letterkeep/dsn"
import { type Alongside, fromTheServer, type Keep, writtenHere } from "../messages/index.ts"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { MailAddress, Privacy } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"

export interface OwnMailParts {
  readonly keep: Keep
  readonly vaults: Pick<Vaults, "keyedHash">
  readonly privacy: Pick<Privacy, "gate">
  readonly addressOf: (account: AccountId) => Promise<MailAddress | undefined>
  readonly clock: Clock
  readonly chance: Chance
  readonly hostname: string
}

export interface OwnMail {
  /** ASCII. */
  readonly subject: string
  /** The text, a line each, at most 998 octets long (RFC 5322 §2.1.1). */
  readonly lines: readonly string[]
}

/**
 * Resolves when the mail is kept, also by an account that has no address: its inbox is not found by one. `alongside` is
 * done in the same transaction.
 */
export async function keepOwnMail(
  parts: OwnMailParts,
  account: AccountId,
  mail: OwnMail,
  alongside?: Alongside,
): Promise<void> {
  const address = await parts.addressOf(account)
  await parts.privacy.gate("account.serve", { kind: "account", account }, permit =>
    keepFor(
      parts,
      account,
      address === undefined ? nobodyNamed : `<${address.open(permit)}>`,
      mail,
      alongside,
    ),
  )
}

/** RFC 5322 §3.4: a group of nobody. */
const nobodyNamed = "undisclosed-recipients:;"

async function keepFor(
  parts: OwnMailParts,
  account: AccountId,
  to: string,
  { subject, lines }: OwnMail,
  alongside: Alongside | undefined,
): Promise<void> {
  const now = parts.clock.now()
  const id = `${parts.chance.bytes(12).toString("hex")}@${parts.hostname}`
  const message = Buffer.from(
    [
      `Date: ${mailDate(now)}`,
      `From: Letterkeep <postmaster@${parts.hostname}>`,
      `To: ${to}`,
      `Subject: ${subject}`,
      `Message-ID: <${id}>`,
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 8bit",
      "",
      ...lines,
      "",
    ].join("\r\n"),
  )
  const letter = writtenHere(parts.vaults, { account, bytes: message, reasons: [fromTheServer], now })
  await parts.keep.keep([letter], alongside)
}
