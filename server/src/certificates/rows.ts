/** The table `certificate`: one row for each set of names, what is in force of it, and how the next one is coming on. */
import type { Store } from "../store/index.ts"

export interface CertificateRow {
  /** What there is; undefined before the first was issued. */
  readonly issued: IssuedRow | undefined
  /** In a row. */
  readonly failures: number
  /** Milliseconds since 1970; not before this after a failure. */
  readonly nextTry: number | undefined
  /** What was wrong last, in words; gone with the next success. */
  readonly trouble: { readonly says: string; readonly todo: string } | undefined
  /** A node is at it until then at the latest. */
  readonly heldUntil: number | undefined
}

export interface IssuedRow {
  readonly keySealed: Uint8Array
  /** PEM. */
  readonly chain: string
  readonly notBefore: number
  readonly notAfter: number
  readonly renewAt: number
  /** When the authority is asked again whether that is still the time. */
  readonly askAt: number
}

type Db = Pick<Store, "sql">

/** Names as the key of a row. */
export const rowNames = (names: readonly string[]): string => names.toSorted().join(" ")

export async function readCertificateRow({ sql }: Db, names: string): Promise<CertificateRow | undefined> {
  const [row] = await sql<FoundRow[]>`
    select key_sealed, chain, not_before, not_after, renew_at, ask_at, failures, next_try, says, todo, held_until
      from certificate where names = ${names}`
  if (row === undefined) return undefined
  const { key_sealed, chain, not_before, not_after } = row
  return {
    issued:
      key_sealed === null || chain === null || not_before === null || not_after === null
        ? undefined
        : {
            keySealed: key_sealed,
            chain,
            notBefore: not_before.getTime(),
            notAfter: not_after.getTime(),
            renewAt: (row.renew_at ?? not_after).getTime(),
            askAt: (row.ask_at ?? not_before).getTime(),
          },
    failures: row.failures,
    nextTry: row.next_try?.getTime(),
    trouble: row.says === null ? undefined : { says: row.says, todo: row.todo ?? "" },
    heldUntil: row.held_until?.getTime(),
  }
}

interface FoundRow {
  readonly key_sealed: Uint8Array | null
  readonly chain: string | null
  readonly not_before: Date | null
  readonly not_after: Date | null
  readonly renew_at: Date | null
  readonly ask_at: Date | null
  readonly failures: number
  readonly next_try: Date | null
  readonly says: string | null
  readonly todo: string | null
  readonly held_until: Date | null
}

/** True where nobody else is at it: whoever holds the row orders and renews, until `until` at the latest. */
export async function takeHold({ sql }: Db, names: string, hold: Hold): Promise<boolean> {
  const taken = await sql`
    insert into certificate (names, holder, held_until, changed_at)
    values (${names}, ${hold.holder}, ${new Date(hold.until)}, ${new Date(hold.now)})
    on conflict (names) do update set holder = excluded.holder, held_until = excluded.held_until
      where certificate.held_until is null or certificate.held_until <= ${new Date(hold.now)}
         or certificate.holder = excluded.holder
    returning names`
  return taken.length > 0
}

export interface Hold {
  readonly holder: Uint8Array
  /** Milliseconds since 1970. */
  readonly now: number
  readonly until: number
}

/** What is written by who lost its hold meanwhile changes nothing. */
export async function letGo({ sql }: Db, names: string, holder: Uint8Array): Promise<void> {
  await sql`update certificate set holder = null, held_until = null where names = ${names} and holder = ${holder}`
}

/** Sends the word to all nodes as it commits. False where the hold was lost meanwhile. */
export async function keepIssued(
  store: Pick<Store, "transaction" | "notify">,
  names: string,
  holder: Uint8Array,
  issued: IssuedRow,
  now: number,
): Promise<boolean> {
  return await store.transaction(async tx => {
    const kept = await tx`
      update certificate
         set key_sealed = ${issued.keySealed}, chain = ${issued.chain}, not_before = ${new Date(issued.notBefore)},
             not_after = ${new Date(issued.notAfter)}, renew_at = ${new Date(issued.renewAt)},
             ask_at = ${new Date(issued.askAt)}, failures = 0, next_try = null, says = null, todo = null,
             changed_at = ${new Date(now)}
       where names = ${names} and holder = ${holder} returning names`
    await store.notify(tx, CERTIFICATE_CHANNEL, "")
    return kept.length > 0
  })
}

export const CERTIFICATE_CHANNEL = "letterkeep_certificate"

export interface Trouble {
  readonly says: string
  readonly todo: string
  readonly failures: number
  readonly nextTry: number
}

export async function keepTrouble(
  { sql }: Db,
  names: string,
  holder: Uint8Array,
  { says, todo, failures, nextTry }: Trouble,
  now: number,
): Promise<void> {
  await sql`
    update certificate
       set failures = ${failures}, next_try = ${new Date(nextTry)}, says = ${says}, todo = ${todo},
           changed_at = ${new Date(now)}
     where names = ${names} and holder = ${holder}`
}

export async function keepRenewal(
  { sql }: Db,
  names: string,
  { renewAt, askAt }: Pick<IssuedRow, "renewAt" | "askAt">,
): Promise<void> {
  await sql`
    update certificate set renew_at = ${new Date(renewAt)}, ask_at = ${new Date(askAt)} where names = ${names}`
}

const month = 30 * 24 * 60 * 60 * 1000

/** What ran out a month ago, or never came and was not tried for as long; and answers that nobody will look at any more. */
export async function dropOldRows({ sql }: Db, now: number): Promise<void> {
  await sql`delete from certificate where coalesce(not_after, changed_at) < ${new Date(now - month)}`
  await sql`delete from acme_challenge where until < ${new Date(now)}`
}
