import type { Tx } from "../../store/index.ts"

const settings = ["enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"]

/** Of a transaction: one plan fits all values. */
const byIndex = [
  "set local plan_cache_mode = force_generic_plan",
  ...settings.map(name => `set local ${name} = off`),
].join("; ")
const asUsual = ["plan_cache_mode", ...settings].map(name => `set local ${name} to default`).join("; ")

/**
 * What `work` asks goes by the indexes, whatever the tables looked like when its plan was made: a queue is empty in one
 * minute and has a million rows in the next, and a plan for few rows would read them all. Where `work` rejects, the
 * transaction is lost anyway.
 */
export async function planByIndex<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await tx.unsafe(byIndex)
  const result = await work()
  await tx.unsafe(asUsual)
  return result
}
