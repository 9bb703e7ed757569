/** Entries of messages that no segment holds yet, as one session opens them. */
import type { KeyObject } from "node:crypto"
import { asId, type EmailId, type Fields, type Store } from "../../store/index.ts"
import type { VaultSession } from "../../vaults/index.ts"

export interface EntryRow {
  readonly email: EmailId
  readonly bodyId: Buffer
  /** Undefined: this sign-in does not open it. */
  readonly key: KeyObject | undefined
  /** See sealed-entry.ts: of `readHeadsById` the head alone, where it is a piece of its own. */
  readonly headBytes: number | undefined
  readonly data: Buffer
}

export interface EntriesRead {
  /** Of the list of segments at that moment: only beside that list are these all the others. */
  readonly version: number
  readonly rows: readonly EntryRow[]
}

/** One statement: the version, in every row, and the entries that there are beside it. */
const entries = (data: string, which: string) => `
  select v.version, i.id, e.body_id, i.seal_key_id, i.head_bytes, i.data
  from (select coalesce((select version from idx_list where account_id = $1::bigint), 0) as version) v
  left join lateral (
    select id, seal_key_id, head_bytes, ${data} as data
    from idx_entry where account_id = $1::bigint and ${which}
  ) i on true
  left join email e on e.account_id = $1::bigint and e.email_id = i.id
  order by i.id`

const head = "case when head_bytes is null then data else substring(data from 1 for head_bytes) end"
const headsById = entries(head, "id = any($2::bigint[])")
const some = "id > $2::bigint and id <= $3::bigint order by id limit $4::bigint"
const inOrder = { whole: entries("data", some), heads: entries(head, some) }

type Reading = Pick<Store, "ask" | "sql">

/** All but long texts. */
export async function readHeadsById(
  store: Reading,
  session: VaultSession,
  emails: readonly EmailId[],
): Promise<EntriesRead> {
  return await read(store, session, headsById, [session.account, emails])
}

/** The first `limit` of those from behind `after` up to `to`; "heads": all but long texts. */
export async function readEntriesInOrder(
  store: Reading,
  session: VaultSession,
  what: keyof typeof inOrder,
  after: number,
  to: number,
  limit: number,
): Promise<EntriesRead> {
  return await read(store, session, inOrder[what], [session.account, after, to, limit])
}

interface Row {
  readonly version: number
  readonly entry: (Omit<EntryRow, "key"> & { readonly keyId: number }) | undefined
}

async function read(
  store: Reading,
  session: VaultSession,
  question: string,
  values: Parameters<Store["ask"]>[2],
): Promise<EntriesRead> {
  const rows = await store.ask(store.sql, question, values, readRow)
  const found = rows.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))
  const keys = found.length === 0 ? undefined : await session.sealKeys(found.map(({ keyId }) => keyId))
  return {
    version: rows[0]?.version ?? 0,
    rows: found.map(({ keyId, ...entry }) => ({ ...entry, key: keys?.get(keyId) })),
  }
}

function readRow(fields: Fields): Row {
  const version = fields.int8()
  if (fields.isNull()) return { version, entry: undefined }
  const email = asId<EmailId>(fields.int8())
  // An entry without its email has been left behind by nobody of ours: it opens beside no body.
  const bodyId = fields.isNull() ? Buffer.alloc(0) : fields.uuid()
  const keyId = fields.int8()
  const headBytes = fields.isNull() ? undefined : fields.int4()
  return { version, entry: { email, bodyId, keyId, headBytes, data: Buffer.from(fields.bytea()) } }
}
