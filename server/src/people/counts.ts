import type { Store } from "../store/index.ts"

/** How many accounts there are on this server. */
export async function countAccounts(store: Pick<Store, "sql">): Promise<number> {
  const [row] = await store.sql<{ n: number }[]>`select count(*) as n from account`
  return row?.n ?? 0
}

/** How many domains it takes mail for. */
export async function countDomains(store: Pick<Store, "sql">): Promise<number> {
  const [row] = await store.sql<{ n: number }[]>`select count(*) as n from domain`
  return row?.n ?? 0
}
