import type { Resolver } from "@letterkeep/dns"
import type { Store } from "../../store/index.ts"
import type { DomainKeys } from "./domain-keys.ts"

/** Domains whose first keys are made in one run: an RSA key takes a tenth of a second and more. */
const newInRun = 100
/** Domains read at once. */
const page = 200

/**
 * For the worker, hourly: makes keys for domains that have none, takes those into use whose records have come up in the
 * DNS, and ends those that have retired long enough. Domain after domain, so that nobody's name server is pressed.
 */
export async function turnKeys(
  store: Pick<Store, "sql">,
  keys: Pick<DomainKeys, "list" | "ensure" | "look">,
  resolver: Resolver,
): Promise<void> {
  let made = 0
  for (let after = ""; ; ) {
    const rows = await store.sql<{ domain: string }[]>`
      select domain from domain where domain > ${after} order by domain limit ${page}`
    for (const { domain } of rows) {
      const known = await keys.list(domain)
      const isNew = known?.length === 0
      if (isNew && made >= newInRun) continue
      if (isNew) made += 1
      const there = await keys.ensure(domain)
      if (there?.some(key => key.state !== "active") === true) await keys.look(domain, resolver)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < page) return
    after = last.domain
  }
}
