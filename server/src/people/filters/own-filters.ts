/**
 * A person's own filters: set, listed, shown, put to work and taken away by whoever has a session of theirs, since a
 * filter can send a copy of all mail elsewhere. Those who run the server can stop one, and do nothing else. The server stops
 * one that comes to its limits too often, and starts the very same again a day later, unless its owner chose otherwise.
 */
import type { Fault } from "@letterkeep/sieve"
import type { Clock } from "../../ports/clock.ts"
import { type FilterText, filterText, type Privacy } from "../../privacy/index.ts"
import type { AccountId } from "../../store/ids.ts"
import type { Store, Tx } from "../../store/index.ts"
import type { VaultSession } from "../../vaults/index.ts"
import type { OnNotice } from "../notice.ts"
import { type Refused, refused } from "../refusal.ts"
import type { FilterMemory } from "./filter-memory.ts"
import {
  type FilterRow,
  type FilterVaults,
  isOurs,
  macFor,
  openPart,
  rowsOf,
  type Stopped,
  sealPart,
} from "./filter-rows.ts"
import { checkFilter, filterLimits, filterName } from "./filter-text.ts"

export type SetFilter =
  | { readonly kind: "set"; readonly name: FilterText; readonly warnings: readonly Fault[] }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] }
  | Refused

export interface FilterFacts {
  readonly name: FilterText
  readonly isActive: boolean
  /** Why somebody else than its owner has stopped it. */
  readonly stopped: Stopped | undefined
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

export type ChangedFilter = { readonly kind: "changed"; readonly name: FilterText } | Refused

export interface OwnFilters {
  /** Puts it in the place of one with that name, and to work in the place of any other. */
  set(session: VaultSession, name: FilterText, script: FilterText): Promise<SetFilter>
  list(session: VaultSession): Promise<readonly FilterFacts[]>
  /** Without a name: the one that is at work. */
  show(
    session: VaultSession,
    name: FilterText | undefined,
  ): Promise<(FilterFacts & { readonly kind: "shown"; readonly script: FilterText }) | Refused>
  /** The one that is at work from now on; undefined: none. */
  use(session: VaultSession, name: FilterText | undefined): Promise<ChangedFilter | { readonly kind: "none" }>
  remove(session: VaultSession, name: FilterText): Promise<ChangedFilter>
  /**
   * By those who run the server: none is at work. `alongside` is done in the same transaction. False where none was.
   */
  stop(account: AccountId, alongside: (tx: Tx) => Promise<void>): Promise<boolean>
  /**
   * By the server, in a transaction: none is at work for a day, where `most` runs came to a limit since the last change and
   * within their time; by mail of one sender so many count as `each` says. False where it was fewer, or none was at work.
   */
  stopOverrun(
    tx: Tx,
    account: AccountId,
    limits: { readonly most: number; readonly each: number },
  ): Promise<boolean>
  /** For the worker: those that have rested for their day run again. Resolves with their number. */
  startRested(): Promise<number>
}

interface Parts {
  readonly store: Pick<Store, "sql" | "transaction">
  readonly vaults: FilterVaults
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly memory: Pick<FilterMemory, "forget" | "count" | "countEach" | "remember">
  /** In the transaction of every change. */
  readonly changed: (tx: Tx, account: AccountId) => Promise<void>
  readonly onNotice: OnNotice
}

export function createOwnFilters(parts: Parts): OwnFilters {
  const { store, vaults, privacy, clock, memory, onNotice } = parts
  /** What a filter did counts against it, and not against the next one. */
  async function changed(tx: Tx, account: AccountId): Promise<void> {
    await memory.forget(tx, account, "overrun")
    await parts.changed(tx, account)
  }

  /** Plain within the gate: the names as they are kept. */
  const opening = <T>({ account }: VaultSession, work: (open: (text: FilterText) => string) => Promise<T>) =>
    privacy.gate("mail.organise", { kind: "account", account }, permit => work(text => text.open(permit)))

  const factsOf = (row: FilterRow): FilterFacts => ({
    name: filterText(openPart(vaults, row, "name"), row.account_id),
    isActive: row.is_active,
    stopped: row.stopped ?? undefined,
    changedAt: row.changed_at.getTime(),
  })

  /** Under the account's lock: those that are ours. Others are gone when it has ended. */
  async function oursFor(tx: Tx, account: AccountId): Promise<readonly FilterRow[]> {
    await tx`select account_id from account where account_id = ${account} for update`
    const all = await rowsOf(tx, account)
    const ours = all.filter(row => isOurs(vaults, row))
    const others = all.filter(row => !ours.includes(row)).map(row => row.filter_id)
    if (others.length > 0)
      await tx`delete from filter_script where account_id = ${account} and filter_id = any(${others}::bigint[])`
    return ours
  }

  /**
   * Makes one the only one at work; undefined: none. `why`: to be said of the one that rests from now on. One that would start
   * again by itself does so no more, unless `why` says it.
   */
  async function activate(
    tx: Tx,
    ours: readonly FilterRow[],
    id: number | undefined,
    why: Stopped | null = null,
  ): Promise<void> {
    // The one that rests first: two at work are refused by an index.
    const wrong = ours.filter(row => row.is_active !== (row.filter_id === id) || isResting(row))
    for (const row of wrong.toSorted((a, b) => Number(b.is_active) - Number(a.is_active))) {
      const isNext = row.filter_id === id
      const next = { ...row, is_active: isNext, stopped: isNext ? null : why }
      await tx`
        update filter_script set is_active = ${next.is_active}, stopped = ${next.stopped}, mac = ${macFor(vaults, next)}
        where account_id = ${row.account_id} and filter_id = ${row.filter_id}`
    }
  }

  /** Where its day is over. */
  async function startOne(tx: Tx, account: AccountId): Promise<boolean> {
    const ours = await oursFor(tx, account)
    const resting = ours.find(isResting)
    if (resting === undefined || (await memory.count(account, "rest", tx)) > 0) return false
    const atWork = ours.find(row => row.is_active)
    await activate(tx, ours, (atWork ?? resting).filter_id)
    await changed(tx, account)
    return atWork === undefined
  }

  const named = (ours: readonly FilterRow[], name: string): FilterRow | undefined =>
    ours.find(row => openPart(vaults, row, "name") === filterName(name))

  /** Somebody with their password could have mail sent elsewhere: they hear of every filter that is put to work. */
  async function told<T extends { readonly kind: string }>(account: AccountId, work: Promise<T>): Promise<T> {
    const done = await work
    if (done.kind === "set" || done.kind === "changed") onNotice(account, "filter-at-work")
    return done
  }

  return {
    set: (session, givenName, givenScript) =>
      told(
        session.account,
        opening(session, async open => {
          const name = filterName(open(givenName))
          if (name === undefined)
            return refused("bad-name", `A filter's name has 1 to ${filterLimits.name} characters.`)
          const script = open(givenScript)
          const checked = checkFilter(script)
          if (checked.kind === "faulty") return checked
          const { account } = session
          return await store.transaction(async tx => {
            const ours = await oursFor(tx, account)
            const old = named(ours, name)
            if (old === undefined && ours.length >= filterLimits.scripts)
              return refused("too-many", `An account has at most ${filterLimits.scripts} filters.`)
            const id = old?.filter_id ?? 1 + Math.max(0, ...ours.map(row => row.filter_id))
            await activate(tx, ours, undefined)
            const row = {
              account_id: account,
              filter_id: id,
              is_active: true,
              stopped: null,
              name_sealed: sealPart(vaults, account, id, "name", name),
              script_sealed: sealPart(vaults, account, id, "script", script),
            }
            const mac = macFor(vaults, row)
            const at = new Date(clock.now())
            await tx`
            insert into filter_script ${tx({ ...row, mac, changed_at: at })}
            on conflict (account_id, filter_id) do update set is_active = true, stopped = null, name_sealed = excluded.name_sealed,
              script_sealed = excluded.script_sealed, mac = excluded.mac, changed_at = excluded.changed_at`
            await changed(tx, account)
            return { kind: "set", name: filterText(name, account), warnings: checked.warnings }
          })
        }),
      ),

    async list({ account }) {
      return (await rowsOf(store.sql, account)).filter(row => isOurs(vaults, row)).map(factsOf)
    },

    show: (session, givenName) =>
      opening(session, async open => {
        const { account } = session
        const ours = (await rowsOf(store.sql, account)).filter(row => isOurs(vaults, row))
        const row = givenName === undefined ? ours.find(each => each.is_active) : named(ours, open(givenName))
        if (row === undefined) return givenName === undefined ? whyNoneAtWork(ours) : noSuchFilter
        const script = filterText(openPart(vaults, row, "script"), account)
        return { kind: "shown", ...factsOf(row), script }
      }),

    use: (session, givenName) =>
      told(
        session.account,
        opening(session, open =>
          store.transaction(async tx => {
            const { account } = session
            const ours = await oursFor(tx, account)
            const row = givenName === undefined ? undefined : named(ours, open(givenName))
            if (givenName !== undefined && row === undefined) return noSuchFilter
            await activate(tx, ours, row?.filter_id)
            await changed(tx, account)
            return row === undefined ? { kind: "none" } : { kind: "changed", name: factsOf(row).name }
          }),
        ),
      ),

    remove: (session, givenName) =>
      opening(session, open =>
        store.transaction(async tx => {
          const { account } = session
          const row = named(await oursFor(tx, account), open(givenName))
          if (row === undefined) return noSuchFilter
          await tx`
            delete from filter_script where account_id = ${account} and filter_id = ${row.filter_id}`
          await changed(tx, account)
          return { kind: "changed", name: factsOf(row).name }
        }),
      ),

    stop: (account, alongside) =>
      store.transaction(async tx => {
        const ours = await oursFor(tx, account)
        if (!ours.some(row => row.is_active || isResting(row))) return false
        await activate(tx, ours, undefined, "staff")
        await alongside(tx)
        await changed(tx, account)
        return true
      }),

    async stopOverrun(tx, account, { most, each }) {
      const ours = await oursFor(tx, account)
      if (!ours.some(row => row.is_active)) return false
      if ((await memory.countEach(account, "overrun", each, tx)) < most) return false
      await activate(tx, ours, undefined, "limits")
      await changed(tx, account)
      await memory.remember([{ account, kind: "rest", hash: noHash, until: clock.now() + restMs }], tx)
      return true
    },

    async startRested() {
      let started = 0
      for (let last = 0; ; ) {
        const found = await store.sql<{ account_id: AccountId }[]>`
          select distinct account_id from filter_script where stopped = 'limits' and account_id > ${last}
          order by account_id limit ${batchAccounts}`
        for (const { account_id } of found)
          if (await store.transaction(tx => startOne(tx, account_id))) started += 1
        if (found.length < batchAccounts) return started
        last = found.at(-1)?.account_id ?? last
      }
    },
  }
}

/** Milliseconds that one which was stopped by the server rests. */
const restMs = 24 * 60 * 60 * 1000
/** Accounts that the worker asks for at once. */
const batchAccounts = 1_000
/** That it rests is all there is to remember. */
const noHash = Buffer.alloc(16)

const isResting = (row: FilterRow): boolean => row.stopped === "limits"

const noSuchFilter = refused("no-such-filter", "There is no filter of that name.")

function whyNoneAtWork(ours: readonly FilterRow[]): Refused {
  const why = ours.find(row => row.stopped !== null)?.stopped ?? undefined
  const because = why === undefined ? "" : ` One was stopped: ${whyStopped[why]}.`
  return refused("no-such-filter", `No filter is at work.${because}`)
}

/** To be read behind "stopped:". */
export const whyStopped: Readonly<Record<Stopped, string>> = {
  limits: "it came to its limits too often within a day, and starts again by itself a day later",
  staff: "whoever runs the server did that",
}
