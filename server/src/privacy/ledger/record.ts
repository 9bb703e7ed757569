/**
 * Writing an event: in the action's own transaction, so that there is neither an action without its event nor an event
 * without its action. What is sealed to the person and what waits for its number are written together.
 */
import { hashLeaf } from "@letterkeep/tlog"
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import { type AccountId, afterCommit, type Store, type Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { rulesAlone } from "../policy/index.ts"
import type { Entry, Ledger, LedgerEvent } from "./contract.ts"
import { takeNumber } from "./count-rows.ts"
import { commitTo, SALT_BYTES, writeDetail, writeLeaf } from "./leaf.ts"
import { placeOf } from "./places.ts"
import { LedgerBrokenError } from "./tree-rows.ts"
import { macOfWaiting } from "./waiting-mac.ts"

/** Channel on which the sequencers hear that something waits. */
export const WAITING_CHANNEL = "ledger_waiting"

/** Of an event about nobody. */
const ID_BYTES = 16

/** What may stand in the ledger for everybody to read; all else is about somebody. */
const mayBePublic: ReadonlySet<LedgerEvent["kind"]> = new Set(["disclosure", "agreement", "policy-version"])

export interface RecorderParts {
  readonly store: Pick<Store, "transaction">
  readonly vaults: Pick<Vaults, "sealToVault" | "macOf" | "isMacOf" | "accountMark">
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  /** Of the version of the policy in effect; the number of the rules where none was published. */
  readonly policyLabel?: (() => string) | undefined
  /** Hears the leaf's hash of each event once it has been committed. */
  readonly onWritten?: (hash: Buffer) => void
}

export type Recorder = Pick<Ledger, "record" | "recordNow">

export function createRecorder(parts: RecorderParts): Recorder {
  const record = (tx: Tx, ...[subject, event]: Entry): Promise<void> =>
    subject === null ? recordForAll(parts, tx, event) : recordFor(parts, tx, subject, event)
  return {
    record,
    recordNow: (...entry) => parts.store.transaction(tx => record(tx, ...entry)),
  }
}

const labelFor = ({ policyLabel = rulesAlone }: RecorderParts): string => policyLabel()

async function recordForAll(parts: RecorderParts, tx: Tx, event: LedgerEvent): Promise<void> {
  if (!mayBePublic.has(event.kind)) throw new RangeError(`an event of kind ${event.kind} is about somebody`)
  const at = parts.clock.now()
  const id = parts.chance.bytes(ID_BYTES).toString("hex")
  const detail = writeDetail(event, { subject: null, at, policyVersion: labelFor(parts), id })
  const data = writeLeaf(event.kind, { kind: "public", detail })
  await queue(parts, tx, data, at)
}

async function recordFor(
  parts: RecorderParts,
  tx: Tx,
  subject: AccountId,
  event: LedgerEvent,
): Promise<void> {
  // A new generation waits for this lock, and this for it: nothing is sealed to one that has just been left.
  await tx`select account_id from account where account_id = ${subject} for key share`
  const at = parts.clock.now()
  const mark = await parts.vaults.accountMark(tx, subject)
  const number = await takeNumber(parts, tx, subject, mark)
  const detail = writeDetail(event, { subject, at, policyVersion: labelFor(parts), number })
  const salt = parts.chance.bytes(SALT_BYTES)
  const commitment = commitTo(salt, detail)
  const data = writeLeaf(event.kind, { kind: "sealed", commitment, place: placeOf(mark, number) })
  const hash = hashLeaf(data)
  const plain = Buffer.concat([salt, detail])
  const sealed = await parts.vaults.sealToVault(tx, subject, "ledger-event", hash.toString("hex"), plain)
  const [kept] = await tx<{ sealed: Buffer }[]>`
    insert into ledger_detail (account_id, leaf_hash, sealed, mac, created_at)
    values (${subject}, ${hash}, ${sealed}, ${parts.vaults.macOf(...saidByDetail(subject, hash, sealed))}, ${new Date(at)})
    returning sealed`
  requireKept(kept?.sealed, sealed)
  await queue(parts, tx, data, at)
}

async function queue(parts: RecorderParts, tx: Tx, data: Buffer, at: number): Promise<void> {
  const [kept] = await tx<{ data: Buffer }[]>`
    with waiting as (
      insert into ledger_waiting (data, mac, created_at)
      values (${data}, ${macOfWaiting(parts.vaults, data, at)}, ${new Date(at)}) returning data
    )
    select data, pg_notify(${WAITING_CHANNEL}, '') from waiting`
  requireKept(kept?.data, data)
  const { onWritten } = parts
  if (onWritten !== undefined) afterCommit(tx, () => onWritten(hashLeaf(data)))
}

/** A trigger can swallow a row, or write another, and the statement succeeds all the same. */
function requireKept(kept: Buffer | undefined, written: Buffer): void {
  if (kept?.equals(written) !== true)
    throw new LedgerBrokenError("the database did not keep an event as it was written")
}

/** What the MAC of a detail's row is over. */
export function saidByDetail(subject: AccountId, hash: Uint8Array, sealed: Uint8Array) {
  const [leaf, octets] = [Buffer.from(hash).toString("hex"), Buffer.from(sealed).toString("base64")]
  return ["ledger-detail", subject, leaf, octets] as const
}
