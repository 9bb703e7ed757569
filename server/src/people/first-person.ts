import type { MailAddress, Organisation, Permit, Secret } from "../privacy/index.ts"
import type { Sql, Store, Tx } from "../store/index.ts"
import { type AddedAccount, addAccount, type OnAccountOpened } from "./accounts.ts"
import { addDomain, addOrg } from "./organisations.ts"
import type { CredentialParts } from "./parts.ts"
import { type Refused, refused } from "./refusal.ts"

export interface FirstPerson {
  readonly organisation: Organisation
  readonly domain: Organisation
  /** Of the address: what stands before the @. */
  readonly localPart: MailAddress
  readonly password: Secret
}

/** Something was refused: what was made before it is undone. */
class RefusedError extends Error {
  override readonly name = "RefusedError"
  readonly refusal: Exclude<AddedAccount, { kind: "added" }>

  constructor(refusal: Exclude<AddedAccount, { kind: "added" }>) {
    super("the first person was refused")
    this.refusal = refusal
  }
}

/**
 * Organisation, domain and administrator in one transaction, on a server that has nobody yet: `taken` otherwise.
 * Of two that race, one is first.
 */
export async function addFirstPerson(
  parts: CredentialParts,
  onAccountOpened: OnAccountOpened,
  person: FirstPerson,
  permit: Permit<"account.serve">,
): Promise<AddedAccount> {
  const domainText = person.domain.open(permit)
  try {
    return await parts.store.transaction(async tx => {
      await tx`lock table account in share row exclusive mode`
      const [anybody] = await tx`select account_id from account limit 1`
      if (anybody !== undefined) throw new RefusedError(thereIsSomebody)
      const inside = { ...parts, store: within(parts.store, tx) }
      const [org] = await tx`select org_id from org limit 1`
      if (org === undefined) orThrow(await addOrg(inside, person.organisation.open(permit)))
      const domain = await addDomain(inside, domainText)
      // The operator may have added the domain on the command line already.
      if (domain.kind === "refused" && domain.why !== "taken") throw new RefusedError(domain)
      const added = await addAccount(
        inside,
        onAccountOpened,
        `${person.localPart.open(permit)}@${domainText}`,
        person.password.open(permit),
      )
      return orThrow(added)
    })
  } catch (error) {
    if (error instanceof RefusedError) return error.refusal
    throw error
  }
}

const thereIsSomebody: Refused = refused("taken", "This server has its first person already.")

function orThrow<T extends { readonly kind: string }>(answer: T): Extract<T, { kind: "added" }> {
  if (answer.kind !== "added") throw new RefusedError(answer as unknown as Refused) // the only other kinds there are
  return answer as Extract<T, { kind: "added" }>
}

/** The store as seen from inside a transaction: what would begin one of its own joins this one. */
function within(store: Store, tx: Tx): Store {
  // Only queries are asked of it, which both kinds answer alike.
  return { ...store, sql: tx as unknown as Sql, transaction: work => work(tx) }
}
