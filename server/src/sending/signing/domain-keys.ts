import type { Resolver } from "@letterkeep/dns"
import type { Clock } from "../../ports/clock.ts"
import { own } from "../../ports/log-fields.ts"
import type { Store, Tx } from "../../store/index.ts"
import {
  type KeyAlgorithm,
  type KeyPair,
  keyAlgorithms,
  makeKeyPair,
  type RecordSeen,
  recordName,
  seenRecord,
} from "./key-record.ts"
import {
  addKey,
  type DkimKey,
  dropKey,
  type HeldKey,
  type KeyState,
  type RowParts,
  readKeys,
  takenSelectors,
  turnKey,
} from "./key-rows.ts"
import { newSelector } from "./selector.ts"

/**
 * The keys of our domains, from being made to being gone:
 *
 *     coming ──record seen──> active ──another one seen──> retiring ──14 days──> revoked ──record gone──> no more
 *
 * A key signs from the moment that its record is seen in the DNS, and not before. A signature whose key is not published
 * would be worth as much as none (RFC 6376 §6.1: whoever cannot verify it takes the message as unsigned, and DMARC looks
 * at signatures that pass alone), so it would help nobody; and it would do harm: the far side asks for the record, keeps
 * the answer that there is none for as long as the zone says, hours often, and goes on failing our signatures after the
 * record was published; and filters count a broken signature against a message. Until then mail goes unsigned, and SPF
 * alone speaks for it.
 *
 * While a domain turns from one key to the next, both records stand in the DNS: mail that the old key signed is still in
 * queues and in forwarders' hands.
 */
export interface DomainKeys {
  /** The oldest first; undefined where the domain is none of ours. */
  list(domain: string): Promise<readonly DkimKey[] | undefined>
  /** As `list`, after making the first two keys where there are none that sign or shall. */
  ensure(domain: string): Promise<readonly DkimKey[] | undefined>
  /** New keys beside those there are; "at-once": they sign whether or not their records were seen. */
  rotate(domain: string, when: "when-seen" | "at-once"): Promise<Rotated>
  /** For a private key that somebody else may know: it signs nothing more, and new ones are made where none is left. */
  revoke(domain: string, selector: string): Promise<Revoked>
  /** Asks the DNS for each key's record, and turns the states that hang on it. */
  look(domain: string, resolver: Resolver): Promise<readonly SeenKey[]>
}

export interface SeenKey {
  readonly key: DkimKey
  readonly seen: RecordSeen
}

export type Rotated =
  | { readonly kind: "made"; readonly keys: readonly DkimKey[] }
  /** Those of the last time are still to be published: none were made. */
  | { readonly kind: "still-coming"; readonly keys: readonly DkimKey[] }
  /** Those that waited for their records sign now. */
  | { readonly kind: "begun"; readonly keys: readonly DkimKey[] }
  | { readonly kind: "not-ours" }

export type Revoked =
  | { readonly kind: "revoked"; readonly keys: readonly DkimKey[] }
  | { readonly kind: "no-such-key" }
  | { readonly kind: "not-ours" }

export interface DomainKeysParts extends RowParts {
  readonly store: Pick<Store, "sql" | "transaction" | "notify">
  readonly clock: Clock
}

/** Nodes hear on it that keys have changed; the payload says nothing. */
export const keysChannel = "sending_dkim_keys"
/** Mail waits for five days in a queue (RFC 5321 §4.5.4.1), ours and a forwarder's; and some is looked at again later. */
export const retiringMs = 14 * 24 * 60 * 60 * 1000

/** A key's row stays so long in any case: its name has the day, and shall not come again on that day. */
const nameKeptMs = 48 * 60 * 60 * 1000

export function createDomainKeys(parts: DomainKeysParts): DomainKeys {
  const { store, clock } = parts

  /** One change at a time for a domain, on whatever node. Undefined where it is none of ours. */
  const change = <T>(
    domain: string,
    work: (tx: Tx, keys: readonly HeldKey[]) => Promise<T>,
  ): Promise<T | undefined> =>
    store.transaction(async tx => {
      const [row] = await tx`select domain from domain where domain = ${domain} for update`
      if (row === undefined) return undefined
      const done = await work(tx, await readKeys(parts, tx, domain))
      await store.notify(tx, keysChannel, "")
      return done
    })
  const turn = async (tx: Tx, key: HeldKey, state: KeyState): Promise<void> => {
    await turnKey(parts, tx, key, state, clock.now())
    parts.log.event("sending.dkim-key-turned", { selector: own(key.selector), state })
  }
  const add = async (tx: Tx, domain: string, pairs: readonly KeyPair[], state: "coming" | "active") => {
    const now = clock.now()
    const taken = new Set(await takenSelectors(tx, domain))
    for (const pair of pairs) {
      const selector = newSelector(pair.algorithm, now, taken)
      taken.add(selector)
      await addKey(parts, tx, { domain, selector, state, since: now, createdAt: now, pair })
      parts.log.event("sending.dkim-key-turned", { selector: own(selector), state })
    }
  }
  /** These sign from now on; those that did so with the same algorithm retire. */
  const begin = async (tx: Tx, keys: readonly HeldKey[], chosen: readonly HeldKey[]): Promise<void> => {
    const begun = new Set(chosen.map(key => key.algorithm))
    for (const key of keys)
      if (key.state === "active" && begun.has(key.algorithm)) await turn(tx, key, "retiring")
    for (const key of chosen) await turn(tx, key, "active")
  }
  const all = async (domain: string): Promise<readonly DkimKey[]> =>
    (await readKeys(parts, store.sql, domain)).map(shown)
  const makePairs = (wanted: readonly KeyAlgorithm[]): Promise<KeyPair[]> =>
    Promise.all(wanted.map(makeKeyPair))

  async function list(domain: string): Promise<readonly DkimKey[] | undefined> {
    const [row] = await store.sql`select domain from domain where domain = ${domain}`
    return row === undefined ? undefined : await all(domain)
  }

  async function ensure(domain: string): Promise<readonly DkimKey[] | undefined> {
    const keys = await list(domain)
    if (keys === undefined || keys.some(isForSigning)) return keys
    const pairs = await makePairs(keyAlgorithms)
    const added = await change(domain, async (tx, now) => {
      if (!now.some(isForSigning)) await add(tx, domain, pairs, "coming")
      return true
    })
    return added === undefined ? undefined : await all(domain)
  }

  return {
    list,
    ensure,

    async rotate(domain, when) {
      const known = await list(domain)
      if (known === undefined) return { kind: "not-ours" }
      const isWaiting = known.some(key => key.state === "coming")
      if (isWaiting && when === "when-seen") return { kind: "still-coming", keys: known }
      const pairs = isWaiting ? [] : await makePairs(keyAlgorithms)
      const kind = await change(domain, async (tx, keys) => {
        const coming = keys.filter(key => key.state === "coming")
        if (coming.length > 0 && when === "when-seen") return "still-coming" as const
        if (coming.length > 0) {
          await begin(tx, keys, newestOfEach(coming))
          return "begun" as const
        }
        const isAtOnce = when === "at-once"
        if (isAtOnce) for (const key of keys) if (key.state === "active") await turn(tx, key, "retiring")
        await add(tx, domain, pairs, isAtOnce ? "active" : "coming")
        return "made" as const
      })
      return kind === undefined ? { kind: "not-ours" } : { kind, keys: await all(domain) }
    },

    async revoke(domain, selector) {
      const done = await change(domain, async (tx, keys) => {
        const key = keys.find(each => each.selector === selector && each.state !== "revoked")
        if (key === undefined) return "no-such-key" as const
        await turn(tx, key, "revoked")
        return "revoked" as const
      })
      if (done === undefined) return { kind: "not-ours" }
      if (done === "no-such-key") return { kind: "no-such-key" }
      return { kind: "revoked", keys: (await ensure(domain)) ?? [] }
    },

    async look(domain, resolver) {
      const keys = await readKeys(parts, store.sql, domain)
      const answers = await Promise.all(
        keys.map(async key => ({ key, answer: await resolver.txt(recordName(domain, key.selector)) })),
      )
      const seen = new Map(answers.map(({ key, answer }) => [key.selector, seenRecord(key, answer)]))
      const now = clock.now()
      const dueOf = (key: DkimKey): Due | undefined => due(key, seen.get(key.selector), now)
      if (keys.some(key => dueOf(key) !== undefined))
        await change(domain, async (tx, fresh) => {
          const begun = newestOfEach(fresh.filter(key => dueOf(key) === "begin"))
          if (begun.length > 0) await begin(tx, fresh, begun)
          for (const key of fresh) {
            if (dueOf(key) === "end") await turn(tx, key, "revoked")
            if (dueOf(key) === "drop") await dropKey(tx, key)
          }
        })
      const after = await all(domain)
      return after.map(key => ({ key, seen: seen.get(key.selector) ?? "unknown" }))
    },
  }
}

type Due = "begin" | "end" | "drop"

function due(key: DkimKey, seen: RecordSeen | undefined, now: number): Due | undefined {
  if (key.state === "coming") return seen === "there" ? "begin" : undefined
  if (key.state === "retiring") return now >= key.since + retiringMs ? "end" : undefined
  const isGone = key.state === "revoked" && seen === "absent" && now >= key.createdAt + nameKeptMs
  return isGone ? "drop" : undefined
}

const isForSigning = ({ state }: DkimKey): boolean => state === "coming" || state === "active"

function newestOfEach(keys: readonly HeldKey[]): readonly HeldKey[] {
  return [...new Map(keys.map(key => [key.algorithm, key])).values()]
}

/** Without what signs. */
function shown({ sealed: _, ...key }: HeldKey): DkimKey {
  return key
}
