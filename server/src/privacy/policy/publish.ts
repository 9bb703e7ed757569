import type { Clock } from "../../ports/clock.ts"
import type { Store, Tx } from "../../store/index.ts"
import type { Ledger } from "../ledger/contract.ts"
import { type Detail, newestPublic, numberOf } from "../ledger/newest-public.ts"
import { canonicalText, maxDocumentBytes, type PolicyDocument, sha256Of } from "./document.ts"
import type { PolicyInEffect } from "./in-effect.ts"
import { judgeVersions, labelOf, macOfVersion, type StoredRow, type VersionVaults } from "./version-rows.ts"

/**
 * Publishes what the policy of this server now says, where that differs from what it last said: a row that never
 * changes, and in the same transaction a leaf of the ledger with its hash. Each start of a server calls it, so a new
 * release and a change of the operator's settings both make a version. What it last said is the newest row, if this
 * server wrote it and the ledger knows of none after it; otherwise it says it anew.
 */
export interface PublishOptions {
  readonly store: Pick<Store, "transaction">
  readonly vaults: VersionVaults
  readonly ledger: Pick<Ledger, "record">
  readonly clock: Clock
  /** Hears the label before the event is written, which says under which version it was. */
  readonly inEffect: Pick<PolicyInEffect, "took">
}

/** Any number that nothing else locks: nodes that start together publish one after the other. */
const advisoryKey = 4_205_518_009

export interface Published {
  /** Of the version that now says what the document says: "1.2". */
  readonly label: string
  readonly isNew: boolean
}

export async function publishPolicy(options: PublishOptions, document: PolicyDocument): Promise<Published> {
  const text = canonicalText(document)
  if (Buffer.byteLength(text) > maxDocumentBytes)
    throw new RangeError("the policy is longer than what can be published")
  const sha256 = sha256Of(text)
  const { rules } = document
  return options.store.transaction(async tx => {
    await tx`select pg_advisory_xact_lock(${advisoryKey})`
    const { last, number, editions } = await readLast(tx, options.vaults, rules)
    if (last?.sha256 === sha256) {
      options.inEffect.took(labelOf(last))
      return { label: labelOf(last), isNew: false }
    }
    const row = { number, rules, edition: editions + 1, sha256, at: new Date(options.clock.now()) }
    await tx`
      insert into policy_version (number, rules, edition, canonical, sha256, published_at, mac)
      values (${number}, ${rules}, ${row.edition}, ${text}, ${sha256}, ${row.at}, ${macOfVersion(options.vaults, row)})`
    const { edition } = row
    options.inEffect.took(labelOf(row))
    await options.ledger.record(tx, null, { kind: "policy-version", version: rules, edition, number, sha256 })
    return { label: labelOf(row), isNew: true }
  })
}

interface Last {
  /** Undefined where there is none, or it is not what this server last published. */
  readonly last: StoredRow | undefined
  /** The next. */
  readonly number: number
  /** Of these rules, how many there were. */
  readonly editions: number
}

/** What was taken out of the table at its end leaves its number and its label in the ledger: neither is given again. */
async function readLast(tx: Tx, vaults: VersionVaults, rules: number): Promise<Last> {
  const [row] = await tx<StoredRow[]>`
    select number, rules, edition, sha256, published_at as at, mac,
      encode(sha256(convert_to(canonical, 'UTF8')), 'hex') = sha256 as fits
      from policy_version order by number desc limit 1`
  const [newest] = await tx<{ edition: number | null }[]>`
    select max(edition) as edition from policy_version where rules = ${rules}`
  const told = await newestPublic(tx, vaults, "policy-version")
  const detail: Detail = told.kind === "told" ? told.detail : {}
  const { version, edition } = detail
  const toldNumber = numberOf(detail)
  const isLast = row !== undefined && row.number >= toldNumber
  return {
    last: isLast && (await judgeVersions(tx, vaults).isOurs(row)) ? row : undefined,
    number: Math.max(row?.number ?? 0, toldNumber) + 1,
    editions: Math.max(newest?.edition ?? 0, version === rules ? countOf(edition) : 0),
  }
}

/** 0 in events from before they said it. */
function countOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : 0
}
