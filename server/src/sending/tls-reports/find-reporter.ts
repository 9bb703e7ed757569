/** In whose name reports are sent: the first domain of ours that signs its mail, and its postmaster. */
import type { People } from "../../people/index.ts"
import { mailAddress, type Privacy } from "../../privacy/index.ts"
import type { AccountId, Store } from "../../store/index.ts"
import type { Signing } from "../signing/signing.ts"

export interface Reporter {
  /** A-labels. */
  readonly domain: string
  /** Who has what comes to its postmaster. */
  readonly account: AccountId
}

export interface ReporterParts {
  readonly store: Pick<Store, "sql">
  readonly people: Pick<People, "findRecipient">
  readonly privacy: Pick<Privacy, "gate">
  readonly signing: Pick<Signing, "sign">
}

/** Undefined where no domain here can sign, or nobody takes its postmaster's mail. */
export async function findReporter({
  store,
  people,
  privacy,
  signing,
}: ReporterParts): Promise<Reporter | undefined> {
  const [row] = await store.sql<{ domain: string }[]>`
    select d.domain from domain d
     where exists (select from dkim_key k where k.domain = d.domain and k.state = 'active')
     order by d.org_id, d.created_at, d.domain limit 1`
  if (row === undefined) return undefined
  const { domain } = row
  const address = mailAddress(`postmaster@${domain}`)
  const found = await privacy.gate("mail.send", { kind: "stranger" }, permit =>
    people.findRecipient(address, permit),
  )
  if (found.kind !== "local") return undefined
  // A row may say that a key is in use which was made by somebody else: that key signs nothing.
  const trial = Buffer.from(`From: <postmaster@${domain}>\r\n\r\n`)
  return (await signing.sign(domain, trial)) === "" ? undefined : { domain, account: found.accountId }
}
