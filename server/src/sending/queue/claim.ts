/**
 * Claims: what is due, taken by one worker for the length of a lease. A recipient is in one worker's hands at a time,
 * on whichever node; what a worker does not settle in time, because it or its node has gone, is claimed anew.
 *
 * Leases run by the database's clock, which all nodes share. See presence.ts for a worker that is missed before they end.
 */
import type { Chance } from "../../ports/chance.ts"
import { type Clock, systemClock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import { mailAddress, peerWord } from "../../privacy/index.ts"
import { type AccountId, asId, type Fields, type Store, type Tx } from "../../store/index.ts"
import { openSealed, VaultError, type Vaults } from "../../vaults/index.ts"
import type { Claimed, ClaimedRecipient } from "../contract.ts"
import { openAhead, openBody, readAhead, type TextsAhead } from "./body.ts"
import {
  beyondFront,
  claimFront,
  claimHeldTooLong,
  claimRound,
  nextDestinations,
  ROUND_DESTINATIONS,
} from "./claim-query.ts"
import { destinationOf, domainOf } from "./destination.ts"
import { envelopeAt, recipientAt } from "./places.ts"
import { planByIndex } from "./plan-by-index.ts"
import type { Presence } from "./presence.ts"
import { DamagedMailError, readEnvelope, readRecipient } from "./sealed-forms.ts"

export interface ClaimParts {
  readonly store: Store
  readonly vaults: Pick<Vaults, "openQueueKey" | "serverHash">
  readonly presence: Pick<Presence, "mark" | "takes">
  readonly chance: Chance
  /** The system's unless said. */
  readonly clock?: Clock
  readonly log: Log
}

/** Milliseconds for which a text that was read along counts: what was taken out of the queue since then goes to nobody. */
export const aheadMs = 5_000

export interface ClaimWish {
  /** Messages at most, each with its recipients of one destination; 1 to 1,000. */
  readonly limit: number
  /** Of one destination at most, 1 to 1,000. */
  readonly each: number
  readonly leaseMs: number
  /** Octets of texts that are read along, so that each needs no question of its own; those of small messages alone. */
  readonly readAhead?: number
  /** Destinations that have no room now: nothing is claimed for them. At most 10,000. */
  readonly busy: readonly string[]
}

export interface Claims {
  readonly claimed: readonly Claimed[]
  /** What does not open, and never will. Whoever claimed it sees to it that it is not claimed for ever: see set-aside.ts. */
  readonly damaged: readonly Damaged[]
  /** There may be more that is due and was not looked at: ask again when there is room. */
  readonly more: boolean
}

/** Recipients of one message of whom nothing can be read. */
export interface Damaged {
  readonly account: AccountId
  readonly mail: number
  readonly lease: number
  /** Their numbers in the message. */
  readonly recipients: readonly number[]
}

/** Message and recipients as the database has them. */
interface Row {
  readonly account: AccountId
  readonly mail: number
  readonly destination: string
  readonly keyId: number
  readonly size: number
  readonly envelope: Buffer
  readonly recipient: {
    readonly no: number
    readonly attempts: number
    readonly toldOfDelay: boolean
    readonly data: Buffer
  }
}

const NO_DESTINATION = Buffer.alloc(16)

export function createClaiming(parts: ClaimParts) {
  const { store, vaults, presence, chance, clock = systemClock, log } = parts
  /** Where the next round begins; nodes begin at places of their own. */
  let behind = chance.bytes(16)

  async function take(tx: Tx, wish: ClaimWish, lease: number): Promise<{ rows: Row[]; more: boolean }> {
    const busy = wish.busy.map(hex => Buffer.from(hex, "hex"))
    const values = (limit: number, passedOver: readonly Buffer[]) =>
      [limit, wish.each, wish.leaseMs, lease, passedOver] as const
    const rows = await store.ask(tx, claimFront, values(wish.limit, busy), readRow)
    const left = wish.limit - countMessages(rows)
    if (left === 0) return { rows, more: true }
    const beyond = await store.ask(tx, beyondFront, [], fields => fields.int4())
    if (beyond.length === 0) return { rows, more: false }
    const turn = await nextTurn(tx)
    const served = [...new Set(rows.map(({ destination }) => destination))].map(hex =>
      Buffer.from(hex, "hex"),
    )
    const others = await store.ask(tx, claimRound, [...values(left, [...busy, ...served]), turn], readRow)
    behind = endOfRound(turn, others, left) ?? behind
    return { rows: [...rows, ...others], more: true }
  }

  /** As many as a round looks at, begun anew where the last has been; each once. */
  async function nextTurn(tx: Tx): Promise<readonly Buffer[]> {
    const after = (destination: Buffer) =>
      store.ask(tx, nextDestinations, [destination], fields => fields.uuid())
    const first = await after(behind)
    const missing = ROUND_DESTINATIONS - first.length
    if (missing === 0) return first
    const anew = (await after(NO_DESTINATION)).filter(each => each.compare(behind) <= 0)
    return [...first, ...anew.slice(0, missing)]
  }

  const isDestination = (hex: string, domain: string): boolean =>
    destinationOf(vaults, domain).toString("hex") === hex

  async function openGroup(
    group: readonly [Row, ...Row[]],
    lease: number,
    { keyOf, sealed }: TextsAhead,
  ): Promise<Claimed> {
    const [{ account, mail, destination, keyId, envelope }] = group
    const place = { account, mail }
    const key = await vaults.openQueueKey(keyId)
    const { reversePath, envid, ...form } = readEnvelope(openSealed(key, envelopeAt(place), envelope))
    const opened = group.map(({ recipient: { no, attempts, toldOfDelay, data } }) => ({
      ...readRecipient(openSealed(key, recipientAt(place, no), data)),
      ...{ no, attempts, toldOfDelay },
    }))
    const domain = domainOf(opened[0]?.address ?? "")
    // The column beside it is in the clear: whoever changed it would have this recipient's address told to another domain.
    if (opened.some(({ address }) => domainOf(address) !== domain) || !isDestination(destination, domain))
      throw new DamagedMailError("a recipient that goes to another domain than its row says")
    const recipients = opened.map(
      ({ address, orcpt, notify, ...row }): ClaimedRecipient => ({
        ...row,
        address: mailAddress(address, account),
        ...(orcpt === undefined ? {} : { orcpt: mailAddress(orcpt, account) }),
        ...(notify === undefined ? {} : { notify }),
      }),
    )
    let ahead = sealed.get(keyOf(place))
    const until = clock.now() + aheadMs
    const text = (): ReturnType<Claimed["text"]> => {
      const read = ahead
      ahead = undefined
      return read === undefined || clock.now() >= until
        ? openBody({ store, vaults }, place, keyId, form.size)
        : openAhead(vaults, place, keyId, form.size, read)
    }
    return {
      ...form,
      ...{ account, mail, domain, destination, lease, recipients, text },
      reversePath: mailAddress(reversePath, account),
      ...(envid === undefined ? {} : { envid: peerWord(envid) }),
    }
  }

  /** Undefined where the key may yet come: it waits for the end of its lease. */
  function damagedBy(error: unknown, group: readonly [Row, ...Row[]], lease: number): Damaged | undefined {
    const [{ account, mail }] = group
    const isDamaged = error instanceof DamagedMailError || (error instanceof VaultError && !error.temporary)
    if (!isDamaged && !(error instanceof VaultError)) throw error
    log.event("queue.mail-not-opened", { account, mail, why: isDamaged ? "damaged" : "key-missing" })
    return isDamaged
      ? { account, mail, lease, recipients: group.map(({ recipient }) => recipient.no) }
      : undefined
  }

  async function openAll(
    rows: readonly Row[],
    lease: number,
    texts: TextsAhead,
  ): Promise<Pick<Claims, "claimed" | "damaged">> {
    const claimed: Claimed[] = []
    const damaged: Damaged[] = []
    for (const group of groupsOf(rows)) {
      try {
        claimed.push(await openGroup(group, lease, texts))
      } catch (error) {
        const one = damagedBy(error, group, lease)
        if (one !== undefined) damaged.push(one)
      }
    }
    return { claimed, damaged }
  }

  const claim = async (wish: ClaimWish): Promise<Claims> => {
    const lease = presence.mark()
    const claimOnce = () =>
      store.transaction(async tx => {
        const taken = await planByIndex(tx, async () => {
          const found = await take(tx, wish, lease)
          return { ...found, texts: await readAhead(store, tx, found.rows, wish.readAhead ?? 0) }
        })
        if (taken.rows.length > 0) await presence.takes(tx)
        return taken
      })
    let taken = await claimOnce()
    // What there is may just have been in the hands of another node, which took it.
    if (taken.rows.length === 0 && taken.more) taken = await claimOnce()
    const { rows, more, texts } = taken
    return { ...(await openAll(rows, lease, texts)), more }
  }

  return {
    /** Durable when it resolves. Rejects as the store does; what was claimed then waits for the end of its lease. */
    claim,
    /** What was held until its time was over, `limit` recipients at most; to be given up. Likewise. */
    async claimHeldTooLong(limit: number, leaseMs: number): Promise<Pick<Claims, "claimed" | "damaged">> {
      const lease = presence.mark()
      const { rows, texts } = await store.transaction(async tx => {
        const found = await store.ask(tx, claimHeldTooLong, [limit, leaseMs, lease], readRow)
        return { rows: found, texts: await readAhead(store, tx, found, 0) }
      })
      return await openAll(rows, lease, texts)
    },
  }
}

/** Behind which the next one begins: those that a full claim left out have their turn then. */
function endOfRound(turn: readonly Buffer[], rows: readonly Row[], limit: number): Buffer | undefined {
  if (countMessages(rows) < limit) return turn.at(-1)
  const served = new Set(rows.map(({ destination }) => destination))
  return turn.findLast(destination => served.has(destination.toString("hex")))
}

function readRow(fields: Fields): Row {
  return {
    account: asId(fields.int8()),
    mail: fields.int8(),
    destination: fields.uuid().toString("hex"),
    keyId: fields.int8(),
    size: fields.int8(),
    envelope: Buffer.from(fields.bytea()),
    recipient: {
      no: fields.int4(),
      attempts: fields.int4(),
      toldOfDelay: fields.bool(),
      data: Buffer.from(fields.bytea()),
    },
  }
}

/** Rows of one message and destination follow one another. */
function* groupsOf(rows: readonly Row[]): Iterable<readonly [Row, ...Row[]]> {
  let group: [Row, ...Row[]] | undefined
  for (const row of rows) {
    if (group !== undefined && isSameGroup(group[0], row)) group.push(row)
    else {
      if (group !== undefined) yield group
      group = [row]
    }
  }
  if (group !== undefined) yield group
}

function countMessages(rows: readonly Row[]): number {
  let count = 0
  for (const _ of groupsOf(rows)) count++
  return count
}

function isSameGroup(one: Row, other: Row): boolean {
  return one.account === other.account && one.mail === other.mail && one.destination === other.destination
}
