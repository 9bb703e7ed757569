import type { AccountId, EmailId } from "../store/ids.ts"
import type { SealedThing } from "../vaults/index.ts"

/** An entry opens only beside the body that it describes: whoever swaps bodies in the database is noticed. */
export function sealedEntry(account: AccountId, email: EmailId, body: Buffer): SealedThing {
  return { account, kind: "entry", id: `${email}/${body.toString("hex")}`, chunk: 0, final: true }
}
