import type { Store } from "../../store/index.ts"

/** How many of our domains have no key in use, so that their mail goes out unsigned; and how many there are. */
export async function countUnsigned(
  store: Pick<Store, "sql">,
): Promise<{ readonly unsigned: number; readonly domains: number }> {
  const [row] = await store.sql<{ unsigned: number; domains: number }[]>`
    select count(*) as domains, count(*) filter (where not exists (
             select from dkim_key k where k.domain = d.domain and k.state = 'active')) as unsigned
      from domain d`
  return { unsigned: row?.unsigned ?? 0, domains: row?.domains ?? 0 }
}
