/** Organisations and their domains. A domain belongs to one organisation. */
import type { Clock } from "../ports/clock.ts"
import { type Organisation, organisation } from "../privacy/index.ts"
import type { OrgId } from "../store/ids.ts"
import type { Store } from "../store/index.ts"
import { normaliseDomain } from "./domain.ts"
import { tellRecipientsChanged } from "./recipients.ts"
import { type Refused, refused } from "./refusal.ts"

const MAX_NAME = 200

interface Parts {
  readonly store: Store
  readonly clock: Clock
}

export type AddedOrg = { readonly kind: "added"; readonly orgId: OrgId } | Refused
export type AddedDomain =
  | { readonly kind: "added"; readonly domain: Organisation; readonly orgId: OrgId }
  | Refused

/** `name` is for people: 1 to 200 characters, and unlike the others'. */
export async function addOrg({ store, clock }: Parts, name: string): Promise<AddedOrg> {
  const clean = name.normalize("NFC").trim()
  if (clean.length === 0 || clean.length > MAX_NAME || /\p{Cc}/u.test(clean)) {
    return refused("bad-name", `An organisation's name has 1 to ${MAX_NAME} characters.`)
  }
  return await store.transaction(async tx => {
    await tx`lock table org in share row exclusive mode`
    const [same] = await tx`select org_id from org where lower(name) = lower(${clean})`
    if (same !== undefined) return refused("taken", "There is an organisation of that name already.")
    const [row] = await tx<{ org_id: OrgId }[]>`
      insert into org (name, created_at) values (${clean}, ${new Date(clock.now())}) returning org_id`
    if (row === undefined) throw new Error("an insert returned no row")
    return { kind: "added", orgId: row.org_id }
  })
}

/** Without `org`, the only organisation there is. */
export async function addDomain({ store, clock }: Parts, text: string, org?: string): Promise<AddedDomain> {
  const domain = normaliseDomain(text)
  if (domain === undefined) {
    return refused("bad-domain", "That is no domain name. It looks like example.org, with a dot in it.")
  }
  return await store.transaction(async tx => {
    const orgs =
      org === undefined
        ? await tx<{ org_id: OrgId }[]>`select org_id from org order by org_id limit 2`
        : await tx<
            { org_id: OrgId }[]
          >`select org_id from org where lower(name) = lower(${org.normalize("NFC").trim()})`
    const [first, second] = orgs
    if (first === undefined) {
      const text =
        org === undefined ? "There is no organisation yet. Add one first." : "There is no such organisation."
      return refused("no-such-org", text)
    }
    if (second !== undefined) return refused("no-such-org", "There are several organisations. Say which one.")
    const made = await tx`
      insert into domain (org_id, domain, created_at) values (${first.org_id}, ${domain}, ${new Date(clock.now())})
      on conflict do nothing returning domain`
    if (made.length === 0) return refused("taken", `The domain ${domain} is here already.`)
    await tellRecipientsChanged(store, tx)
    return { kind: "added", domain: organisation(domain), orgId: first.org_id }
  })
}
