import { mkdirSync, realpathSync } from "node:fs"
import type { Clock } from "../ports/clock.ts"
import type { Log } from "../ports/log.ts"
import { type DatabaseRights, ownRole, prepareAppRole } from "./app-role.ts"
import { requireRole } from "./app-role-trial.ts"
import { type Ask, createAsk } from "./ask.ts"
import { copyIn, copyOut } from "./copy.ts"
import type { CopyRows } from "./copy-rows.ts"
import type { Whereabouts } from "./driver-target.ts"
import { refuseUnsafe } from "./durability.ts"
import { type EmbeddedPostgres, startEmbedded } from "./embedded/index.ts"
import { databaseName, superuser } from "./embedded/settings.ts"
import { lockFolder } from "./folder-lock.ts"
import { openListening } from "./listen.ts"
import { migrate } from "./migrate.ts"
import { readMigrations } from "./migrations.ts"
import { openPool, type PoolLimits, poolLimits, type Sql, type Tx } from "./pool.ts"
import { readerLimits } from "./readers.ts"
import { watchRoom } from "./room.ts"
import { diskFull, StoreError, toStoreError } from "./store-error.ts"
import { requireTags } from "./tags-in-place.ts"
import { runTransaction } from "./transaction.ts"

/** The one place that speaks to Postgres. Everything rejects with StoreError; see its `temporary`. */
export interface Store {
  readonly sql: Sql
  /** Committed, and on the disk, when it resolves. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * COPY … FROM STDIN (FORMAT binary) of ready rows, for several tables in one round trip. Nothing else may be
   * under way in `tx`. Rejects when a row is refused; the transaction is then lost.
   */
  copyIn(tx: Tx, ...tables: CopyRows[]): Promise<void>
  /**
   * COPY (query) TO STDOUT (FORMAT binary): rows as arrays of Buffer or null. Values go into the query by `literal`
   * alone. The buffers are views of what came in: keep none longer than needed, or copy it.
   */
  copyOut(sql: Sql, query: string): AsyncIterable<readonly (Buffer | null)[]>
  /**
   * A prepared query whose rows are read from the database's binary format, on `sql` or inside `tx` (with nothing else
   * under way there): the lean way to what is small. `text` is a constant, its values stand in it as $1, $2, … with
   * their types (`$1::bigint`). Others on `sql` wait behind the answer, so what is large is asked for in pieces.
   */
  readonly ask: Ask
  /** Sent when `tx` commits. A payload is under 8,000 bytes and holds no personal data. */
  notify(tx: Tx, channel: string, payload: string): Promise<void>
  /** `onReconnect` says that payloads may have been missed. Resolves to what ends it. */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<() => Promise<void>>
  /** `low` from the low-water mark of the disk on: doors answer 452. */
  room(): "enough" | "low"
  /** False within seconds when the database has gone, restarts or hangs. Cheap: what the last look said. */
  reachable(): boolean
  /** Which database this is; another one after a restore. A uuid. */
  readonly incarnation: string
  /** As whom `sql` and all that is made of it works; see app-role.ts. */
  readonly rights: DatabaseRights
  /** Of our own Postgres, for `serve --ready-file`. */
  databasePid(): number | undefined
  close(): Promise<void>
  /** For a process that ends at once: tells our own Postgres to stop and waits for nothing. */
  quit(): void
}

export interface StoreOptions {
  readonly dataFolder: string
  /** A Postgres of the operator's; without it, our own. */
  readonly databaseUrl?: string | undefined
  readonly clock: Clock
  readonly log: Log
  /** Doors close when less is free. `defaultLowWaterBytes` where the operator says nothing. */
  readonly lowWaterBytes: number
  readonly limits?: Partial<PoolLimits>
  /** Of a given database: as which role to work there, where it is not the database's own. Tests share one. */
  readonly appRole?: string
}

/** For WAL that a checkpoint recycles late, and a usual load of mail under way; see `room.ts` for what it leaves out. */
export const defaultLowWaterBytes = 1024 * 1024 * 1024

/** Takes the data folder for itself, starts or finds the database, brings its schema up to date. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { clock, log, lowWaterBytes } = options
  const startedAt = performance.now()
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 })
  const dataFolder = realpathSync(options.dataFolder)
  const undo: (() => Promise<void> | void)[] = []
  try {
    log.event("store.starting", { kind: options.databaseUrl === undefined ? "own" : "given" })
    const lock = lockFolder(dataFolder)
    undo.push(() => lock.release())
    const limits = { ...poolLimits, ...options.limits }
    const embedded = options.databaseUrl === undefined ? await startEmbedded(dataFolder, log) : undefined
    if (embedded !== undefined) undo.push(() => embedded.stop())
    const ownerAt = await whereabouts(embedded, options.databaseUrl, limits)
    const migrations = readMigrations()
    const rights = await asOwner(ownerAt, limits, async owner => {
      await refuseUnsafe(owner)
      await migrate(owner, migrations, log)
      await requireTags(owner, migrations, log)
      return await prepareAppRole(
        owner,
        embedded === undefined ? { signsIn: false, name: options.appRole } : { signsIn: true, name: ownRole },
      )
    })
    if (rights.kind === "owner") log.event("store.works-as-owner", {})
    const where = rights.kind === "apart" ? inRole(ownerAt, rights.role) : ownerAt
    const failures: { seen(error: unknown): void } = { seen: () => undefined }
    const sql = openPool(where, limits, { onFailed: error => failures.seen(error) })
    undo.push(() => sql.end({ timeout: 5 }))
    if (rights.kind === "apart") await requireRole(sql, rights.role)
    const asking = createAsk(sql, readerLimits(limits.connections))
    undo.push(() => asking.close())
    const incarnation = await readIncarnation(sql)
    const room = watchRoom({ folder: embedded?.folder, lowWaterBytes, clock, log })
    undo.push(() => room.stop())
    const listening = openListening(where, limits, log)
    undo.push(() => listening.close())
    log.event("store.ready", { ms: Math.round(performance.now() - startedAt), version: migrations.length })

    failures.seen = error => {
      if (error instanceof StoreError && error.code === diskFull) room.sawDiskFull()
    }
    const noticing = async <T>(work: Promise<T>): Promise<T> =>
      work.catch((error: unknown) => {
        failures.seen(error)
        throw error
      })
    return {
      sql,
      transaction: work => noticing(runTransaction(sql, work)),
      copyIn: (tx, ...tables) => noticing(copyIn(tx, tables)),
      copyOut,
      ask: asking.ask,
      async notify(tx, channel, payload) {
        await tx`select pg_notify(${channel}, ${payload})`
      },
      listen: (channel, onPayload, onReconnect) => listening.listen(channel, onPayload, onReconnect),
      room: () => room.now(),
      reachable: () => listening.reachable(),
      incarnation,
      rights,
      databasePid: () => embedded?.pid(),
      close: () => undoAll(undo),
      quit: () => embedded?.quit(),
    }
  } catch (error) {
    await undoAll(undo)
    throw toStoreError(error)
  }
}

/** Last made, first ended; each once. */
async function undoAll(undo: (() => Promise<void> | void)[]): Promise<void> {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step()
}

async function whereabouts(
  embedded: EmbeddedPostgres | undefined,
  databaseUrl: string | undefined,
  limits: PoolLimits,
): Promise<Whereabouts> {
  if (embedded === undefined) return { kind: "given", url: databaseUrl ?? "" }
  const own = { kind: "own", socket: embedded.socket, user: superuser } as const
  const first = openPool({ ...own, database: "postgres" }, { ...limits, connections: 1 })
  try {
    const found = await first`select from pg_database where datname = ${databaseName}`
    if (found.length === 0) await first.unsafe(`create database ${databaseName}`)
  } finally {
    await first.end({ timeout: 5 })
  }
  return { ...own, database: databaseName }
}

/** On one connection, which ends with the work. A migration may take longer than any query of a door. */
async function asOwner<T>(
  where: Whereabouts,
  limits: PoolLimits,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const sql = openPool(where, { ...limits, connections: 1, statementMs: 0, idleInTransactionMs: 0 })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** The same database, for ordinary connections: as the role itself, or as the given user in that role. */
function inRole(where: Whereabouts, role: string): Whereabouts {
  return where.kind === "own" ? { ...where, user: role } : { ...where, role }
}

async function readIncarnation(sql: Sql): Promise<string> {
  await sql`insert into letterkeep (incarnation) values (gen_random_uuid()) on conflict do nothing`
  const [row] = await sql<{ incarnation: string }[]>`select incarnation from letterkeep`
  if (row === undefined)
    throw new StoreError("the database does not say which one it is", { temporary: false })
  return row.incarnation
}
