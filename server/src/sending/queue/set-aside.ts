import type { Tx } from "../../store/index.ts"
import type { Damaged } from "./claim.ts"

/** Held until somebody lets it go, or its time is over. False where the lease was lost: others have it. */
export async function holdDamaged(tx: Tx, { account, mail, lease, recipients }: Damaged): Promise<boolean> {
  const { count } = await tx`update queued_recipient set held = true, lease = null
    where account_id = ${account} and mail_id = ${mail} and no = any(${[...recipients]}::int[]) and lease = ${lease}`
  return count > 0
}
