import { type AccountId, asId, type OrgId } from "../store/ids.ts"
import type { Sql, Tx } from "../store/index.ts"
import type { Address } from "./address.ts"

export interface FoundAccount {
  readonly id: AccountId
  readonly org: OrgId
  readonly role: "person" | "administrator"
  readonly credentialGeneration: number
}

/** Nobody's id: asking for it costs what asking for an account does. */
export const nobody = asId<AccountId>(0)

/** The account that has exactly this address, as its own or as an alias. */
export async function findAccount(db: Sql | Tx, address: Address): Promise<FoundAccount | undefined> {
  return (await look(db, address))?.account
}

/** The account that has exactly this address as its own: an alias leads nowhere. */
export async function findByOwnAddress(db: Sql | Tx, address: Address): Promise<FoundAccount | undefined> {
  const found = await look(db, address)
  return found?.kind === "primary" ? found.account : undefined
}

interface Found {
  readonly kind: "primary" | "alias"
  readonly account: FoundAccount
}

async function look(db: Sql | Tx, address: Address): Promise<Found | undefined> {
  const [row] = await db<
    {
      account_id: AccountId
      org_id: OrgId
      role: "person" | "administrator"
      credential_generation: number
      kind: "primary" | "alias"
    }[]
  >`select account_id, org_id, role, credential_generation, kind from address join account using (account_id)
    where address = ${address.address}`
  if (row === undefined) return undefined
  return {
    kind: row.kind,
    account: {
      id: row.account_id,
      org: row.org_id,
      role: row.role,
      credentialGeneration: row.credential_generation,
    },
  }
}
