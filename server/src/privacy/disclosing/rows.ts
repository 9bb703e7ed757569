import type { Sql, Tx } from "../../store/index.ts"
import { type Category, isCategory, type Purpose, purposes } from "../policy/index.ts"
import { type Ground, grounds } from "../policy/transfers.ts"
import { type Agreement, isRecipient } from "./agreement.ts"

/** The table `agreement`, as it lies there: who reads it says what of it this version knows. */
export interface AgreementRow {
  readonly id: number
  readonly recipient: string
  readonly purposes: readonly string[]
  readonly fields: readonly string[]
  readonly country: string | null
  readonly ground: string | null
  readonly agreedAt: Date
  readonly until: Date | null
  readonly endedAt: Date | null
}

export type NewAgreement = Omit<AgreementRow, "id" | "agreedAt" | "endedAt">

/** Agreements that are read: a recipient has one a year or so. Older ones stay in the table. */
const readLimit = 1000
const registerLock = 4_205_518_008

/** All, newest first. */
export async function readAgreements(sql: Sql): Promise<readonly AgreementRow[]> {
  const rows = await sql<(Omit<AgreementRow, "id"> & { id: string })[]>`
    select agreement_id as id, recipient, purposes, fields, country, ground,
      agreed_at as "agreedAt", until, ended_at as "endedAt"
    from agreement order by agreement_id desc limit ${readLimit}`
  return rows.map(row => ({ ...row, id: Number(row.id) }))
}

/** Whoever changes the register does so one after another, on whatever node. */
export async function lockRegister(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(${registerLock})`
}

/** Makes the standing agreement of each recipient that never had any. */
export async function makeStanding<R extends string>(
  tx: Tx,
  recipients: readonly R[],
  standing: (recipient: R) => NewAgreement,
  now: number,
): Promise<void> {
  await lockRegister(tx)
  const spokenOf = await tx<{ recipient: string }[]>`select distinct recipient from agreement`
  for (const recipient of recipients)
    if (!spokenOf.some(row => row.recipient === recipient))
      await insertAgreement(tx, standing(recipient), now)
}

export async function insertAgreement(tx: Tx, row: NewAgreement, now: number): Promise<void> {
  const { recipient, purposes, fields, country, ground, until } = row
  await tx`
    insert into agreement (recipient, purposes, fields, country, ground, agreed_at, until)
    values (${recipient}, ${[...purposes]}, ${[...fields]}, ${country}, ${ground}, ${new Date(now)}, ${until})`
}

/** False where none stood. */
export async function endAgreement(tx: Tx, recipient: string, now: number): Promise<boolean> {
  const ended = await tx`
    update agreement set ended_at = ${new Date(now)} where recipient = ${recipient} and ended_at is null
    returning agreement_id`
  return ended.length > 0
}

/** Undefined for a recipient that this version of the program does not know; so for purposes and fields. */
export function parseRow(row: AgreementRow): Agreement | undefined {
  const { recipient } = row
  if (!isRecipient(recipient)) return undefined
  return {
    id: row.id,
    recipient,
    purposes: row.purposes.filter(isPurpose),
    fields: row.fields.filter((name): name is Category => isCategory(name)),
    country: row.country ?? undefined,
    ground: isGround(row.ground) ? row.ground : undefined,
    agreedAt: row.agreedAt.getTime(),
    until: row.until?.getTime(),
    endedAt: row.endedAt?.getTime(),
  }
}

function isPurpose(name: string): name is Purpose {
  return Object.hasOwn(purposes, name)
}

function isGround(name: string | null): name is Ground {
  return name !== null && Object.hasOwn(grounds, name)
}
