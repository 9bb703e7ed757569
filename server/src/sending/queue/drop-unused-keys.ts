import type { Store } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"

/** Keys that no mail needs any more; with them what was sealed under them is gone from backups too, in time. */
export async function dropUnusedKeys(parts: {
  readonly store: Pick<Store, "sql" | "transaction">
  readonly vaults: Pick<Vaults, "oldQueueKeys" | "dropQueueKeys">
}): Promise<number> {
  return await parts.store.transaction(async tx => {
    const old = await parts.vaults.oldQueueKeys(tx)
    if (old.length === 0) return 0
    const used = await tx<{ id: number }[]>`
      select distinct id from (
        select queue_key_id as id from queued_mail where queue_key_id = any(${[...old]}::bigint[])
        union all
        select answer_key_id from queued_recipient where answer_key_id = any(${[...old]}::bigint[])) u`
    const stillUsed = new Set(used.map(row => row.id))
    const unused = old.filter(id => !stillUsed.has(id))
    await parts.vaults.dropQueueKeys(tx, unused)
    return unused.length
  })
}
