import postgres from "postgres"
import { toStoreError } from "./store-error.ts"

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
  const sql =
    where.kind === "given"
      ? openGiven(where.url, options)
      : postgres({ ...options, path: where.socket, user: where.user, database: where.database })
  return withStoreErrors(sql)
}

/** As libpq has it, `?host=/folder` names the folder of a socket: the driver knows only hosts. */
function openGiven(given: string, options: postgres.Options<Record<string, never>>): Sql {
  const url = new URL(given)
  const folder = url.searchParams.get("host")
  if (folder === null || !folder.startsWith("/")) return postgres(given, options)
  url.searchParams.delete("host")
  return postgres(url.href, { ...options, path: `${folder}/.s.PGSQL.${url.port === "" ? "5432" : url.port}` })
}

export interface PoolHooks {
  readonly onnotify?: (channel: string, payload: string) => void
  readonly onclose?: () => void
  readonly max_lifetime?: null
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
export async function runTransaction<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  const result: { value?: { of: T } } = {}
  try {
    await sql.begin(async tx => {
      result.value = { of: await work(withStoreErrors(tx)) }
    })
  } catch (error) {
    throw toStoreError(error)
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

/**
 * Every query that comes from this `sql` rejects with a StoreError. The driver's queries are promises that carry
 * their own `reject`, which it calls; that is where the error is translated.
 */
function withStoreErrors<S extends Sql | Tx>(sql: S): S {
  const translate = (made: unknown): unknown => {
    if (made instanceof Promise && "reject" in made && typeof made.reject === "function") {
      const reject = made.reject
      Object.assign(made, { reject: (error: unknown) => Reflect.apply(reject, made, [toStoreError(error)]) })
    }
    return made
  }
  return new Proxy(sql, {
    apply: (target, self, given) =>
      translate(Reflect.apply(target as (...all: unknown[]) => unknown, self, given)),
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (name !== "unsafe" && name !== "notify") return value
      return (...given: unknown[]) =>
        translate(Reflect.apply(value as (...all: unknown[]) => unknown, target, given))
    },
  })
}
