import postgres from "postgres"
import { StoreError, toStoreError } from "./store-error.ts"
import { PostgresSocket } from "./wire/postgres-socket.ts"

export type Sql = postgres.Sql<Record<string, never>>
export type Tx = postgres.TransactionSql<Record<string, never>>

/** Where the database is: a socket of our own, or a URL that the operator gave. */
export type Whereabouts =
  | { readonly kind: "own"; readonly socket: string; readonly user: string; readonly database: string }
  | { readonly kind: "given"; readonly url: string }

export interface PoolLimits {
  readonly connections: number
  readonly connectSeconds: number
  readonly statementMs: number
  readonly idleInTransactionMs: number
}

export const poolLimits: PoolLimits = {
  connections: 10,
  connectSeconds: 10,
  statementMs: 60_000,
  idleInTransactionMs: 60_000,
}

/** Type numbers of pg_type. */
const oid = { int8: 20, bytea: 17 } as const

/**
 * The driver's pool with our habits: bigint as number (RangeError above 2^53 − 1), errors as StoreError, no
 * notices. Connects when first asked.
 */
export function openPool(where: Whereabouts, limits: PoolLimits, more: Partial<PoolHooks> = {}): Sql {
  const options: postgres.Options<Record<string, never>> & PoolHooks = {
    max: limits.connections,
    connect_timeout: limits.connectSeconds,
    onnotice: () => undefined,
    backoff: attempt => Math.min(0.02 * 2 ** attempt, 1),
    connection: {
      application_name: "letterkeep",
      statement_timeout: limits.statementMs,
      idle_in_transaction_session_timeout: limits.idleInTransactionMs,
    },
    types: customTypes,
    ...more,
  }
  const target = driverTarget(where)
  const lender = target.lends ? createLender(target.connect) : undefined
  const socket = lender === undefined ? {} : { socket: lender.open }
  const sql = postgres(target.url, { ...options, ...target.options, ...socket })
  return withStoreErrors(sql, { lender, state: { over: false } })
}

/** What the driver is told; `lends` where sockets are ours to make, which they are not under TLS. */
function driverTarget(where: Whereabouts) {
  if (where.kind === "own") {
    const { socket, user, database } = where
    return {
      url: "postgres://",
      options: { path: socket, user, database },
      lends: true,
      connect: { path: socket },
    }
  }
  const url = new URL(where.url)
  const folder = url.searchParams.get("host")
  const port = url.port === "" ? 5432 : Number(url.port)
  if (folder?.startsWith("/") === true) {
    // As libpq has it, `?host=/folder` names the folder of a socket: the driver knows only hosts.
    url.searchParams.delete("host")
    const path = `${folder}/.s.PGSQL.${port}`
    return { url: url.href, options: { path }, lends: true, connect: { path } }
  }
  const plain = !url.searchParams.has("ssl") && ["disable", null].includes(url.searchParams.get("sslmode"))
  const lends = plain && !url.host.includes(",") && url.hostname !== ""
  return { url: where.url, options: {}, lends, connect: { host: url.hostname, port } }
}

/** Finds the socket that a query went through, by the server process that answered it. */
interface Lender {
  open(): PostgresSocket
  find(serverPid: number): PostgresSocket | undefined
}

function createLender(connect: { path: string } | { host: string; port: number }): Lender {
  const sockets = new Set<PostgresSocket>()
  return {
    open() {
      const socket = new PostgresSocket()
      sockets.add(socket)
      socket.once("close", () => sockets.delete(socket))
      // Not awaited: the driver listens for its errors from now on, and its words wait until it is connected.
      return socket.connect(connect)
    },
    find(serverPid) {
      for (const socket of sockets) if (socket.serverPid === serverPid && !socket.destroyed) return socket
      return undefined
    },
  }
}

/** The socket of a transaction, to be borrowed for COPY; `undefined` where the driver keeps sockets to itself. */
export async function socketOf(tx: Tx): Promise<PostgresSocket | undefined> {
  const behind = behindOf.get(tx)
  if (behind?.lender === undefined) return undefined
  const pid = behind.last?.state?.pid ?? (await tx`select`).state?.pid
  const socket = pid === undefined || pid === null ? undefined : behind.lender.find(pid)
  if (socket === undefined) throw new StoreError("the database connection is gone", { temporary: true })
  return socket
}

export interface PoolHooks {
  readonly onnotify?: (channel: string, payload: string) => void
  readonly onclose?: () => void
  readonly max_lifetime?: null
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. When the connection is
 * lost the driver rejects at once and may give the connection to others, while `work` still runs: from then on
 * every query of its `tx` is refused.
 */
export async function runTransaction<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  const behind: Behind = { lender: behindOf.get(sql)?.lender, state: { over: false } }
  const result: { value?: { of: T } } = {}
  try {
    await sql.begin(async tx => {
      result.value = { of: await work(withStoreErrors(tx, behind)) }
    })
  } catch (error) {
    throw toStoreError(error)
  } finally {
    behind.state.over = true
  }
  if (result.value === undefined) throw new Error("a transaction ended without its result")
  return result.value.of
}

const parseInt8 = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError("a bigint of the database is over 2^53 − 1")
  return value
}

// The driver's type for `types` wants one serialiser's argument for all; ours differ, and it only calls them.
const customTypes = {
  int8: { to: oid.int8, from: [oid.int8], serialize: (value: unknown) => String(value), parse: parseInt8 },
  bytea: {
    to: oid.bytea,
    from: [oid.bytea],
    serialize: (bytes: Uint8Array) =>
      `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`,
    parse: (text: string) => Buffer.from(text.slice(2), "hex"),
  },
} as unknown as Record<string, never>

/** What we know of an `sql` or `tx` that was handed out. */
interface Behind {
  readonly lender: Lender | undefined
  readonly state: { over: boolean }
  /** A query that it ran; the driver notes there which server process took it. */
  last?: { readonly state?: { readonly pid?: number | null } | null }
}

const behindOf = new WeakMap<object, Behind>()

type Call = (...given: unknown[]) => unknown

/**
 * Every query that comes from this `sql` rejects with a StoreError. The driver's queries are promises that carry
 * their own `reject`, which it calls; that is where the error is translated.
 */
function withStoreErrors<S extends Sql | Tx>(sql: S, behind: Behind): S {
  const call = (made: Call, given: unknown[]): unknown => {
    if (behind.state.over) throw new StoreError("the transaction has ended", { temporary: true })
    const query = made(...given)
    if (!(query instanceof Promise) || !("reject" in query) || typeof query.reject !== "function")
      return query
    const reject = query.reject
    behind.last = Object.assign(query, {
      reject: (error: unknown) => Reflect.apply(reject, query, [toStoreError(error)]),
    })
    return query
  }
  const proxy = new Proxy(sql, {
    apply: (target, _self, given) => call(target as unknown as Call, given),
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== "function" || (name !== "unsafe" && name !== "notify")) return value
      return (...given: unknown[]) => call(value as Call, given)
    },
  })
  behindOf.set(proxy, behind)
  return proxy
}
