import postgres from "postgres"
import { createLender, driverTarget, type Whereabouts } from "./driver-target.ts"
import { type DriverQuery, guardQueries, rejectLost } from "./query-guard.ts"
import { saysLost, toStoreError } from "./store-error.ts"

type NoTypes = Record<string, never>

declare const inTransaction: unique symbol

/** Runs queries, each on any connection. */
export interface Sql extends postgres.ISql<NoTypes> {
  /** Resolves when all connections are closed; after `timeout` seconds they are cut off. */
  end(options: { readonly timeout: number }): Promise<void>
}

/** Runs queries inside one transaction. */
export type Tx = postgres.ISql<NoTypes> & { readonly [inTransaction]: true }

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

/** What stands behind an `sql` of ours, for the other files of this folder. */
export interface Pool {
  /** A connection of one's own, until `giveBack`; not to be given back once it is lost. */
  reserve(): Promise<Reserved>
  readonly findSocket: ReturnType<typeof createLender>["find"] | undefined
  /** A query of a transaction failed. */
  sawFailure(error: unknown): void
}

export interface Reserved {
  readonly sql: postgres.ReservedSql<NoTypes>
  done(outcome: "give back" | "lost"): void
}

const pools = new WeakMap<object, Pool>()

export function poolOf(sql: Sql): Pool {
  const pool = pools.get(sql)
  if (pool === undefined) throw new TypeError("not an sql that openPool made")
  return pool
}

export interface PoolHooks {
  readonly onNotify?: (channel: string, payload: string) => void
  readonly onLost?: () => void
  /** A query outside of a transaction was refused, or lost. */
  readonly onFailed?: (error: unknown) => void
}

/** One driver, and what still needs it. */
interface Driver {
  readonly sql: postgres.Sql<NoTypes>
  readonly running: Set<DriverQuery>
  reserved: number
  retired: boolean
}

/**
 * The driver's pool with our habits: bigint as number (RangeError above 2^53 − 1), errors as StoreError, no
 * notices. Connects when first asked.
 *
 * When a connection is lost, the next query goes to a fresh driver: the old one keeps half a query or a stale error
 * for that connection and never speaks through it again. It ends when what is under way on it has ended.
 */
export function openPool(where: Whereabouts, limits: PoolLimits, hooks: PoolHooks = {}): Sql {
  const target = driverTarget(where)
  const drivers = new Set<Driver>()
  let ended = false
  let current: Driver | undefined

  const lender =
    target.connect === undefined
      ? undefined
      : createLender(target.connect, {
          onError: () => retire(),
          onClose: pid => {
            for (const { running } of drivers) {
              rejectLost([...running].filter(query => pid !== 0 && query.state?.pid === pid))
            }
          },
        })

  const open = (): Driver => {
    const options = {
      ...target.options,
      max: limits.connections,
      connect_timeout: limits.connectSeconds,
      max_lifetime: null,
      onnotice: () => undefined,
      onclose: () => {
        if (ended) return
        if (driver === current) retire()
        hooks.onLost?.()
      },
      onnotify: hooks.onNotify,
      connection: {
        application_name: "letterkeep",
        statement_timeout: limits.statementMs,
        idle_in_transaction_session_timeout: limits.idleInTransactionMs,
        ...(where.kind === "given" && where.role !== undefined ? { role: where.role } : {}),
      },
      types: customTypes,
      ...(lender === undefined ? {} : { socket: lender.open }),
    }
    // The driver's types leave out `socket`, `onnotify`, and types that differ from one another.
    const sql = postgres(
      target.url,
      options as unknown as postgres.Options<NoTypes>,
    ) as unknown as postgres.Sql<NoTypes>
    Object.assign(sql.options, { shared: { retries: 0, typeArrayMap: { ...arrayTypes } } })
    const driver: Driver = { sql, running: new Set(), reserved: 0, retired: false }
    drivers.add(driver)
    return driver
  }
  const use = (): Driver => {
    current ??= open()
    return current
  }
  const retire = (): void => {
    if (current === undefined) return
    current.retired = true
    endIfUnused(current)
    current = undefined
  }
  /** Over TLS an error tells of the loss before the socket's close does. */
  const sawFailure = (error: unknown): void => {
    if (saysLost(error)) retire()
  }
  const endIfUnused = (driver: Driver): void => {
    if (!driver.retired || driver.reserved > 0 || driver.running.size > 0) return
    if (drivers.delete(driver)) void driver.sql.end({ timeout: 0 })
  }
  const watch = {
    mayRun: () => undefined,
    failed(error: unknown) {
      sawFailure(error)
      hooks.onFailed?.(error)
    },
    started(query: DriverQuery) {
      const driver = use()
      driver.running.add(query)
      return () => {
        driver.running.delete(query)
        endIfUnused(driver)
      }
    },
  }

  const sql = guardQueries<Sql>(() => use().sql, watch, {
    async end({ timeout }: { readonly timeout: number }) {
      ended = true
      await Promise.all([...drivers].map(driver => driver.sql.end({ timeout })))
    },
  })
  pools.set(sql, {
    findSocket: lender?.find,
    sawFailure,
    async reserve() {
      const driver = use()
      driver.reserved++
      const release = (): void => {
        driver.reserved--
        endIfUnused(driver)
      }
      try {
        const reserved = await driver.sql.reserve()
        return {
          sql: reserved,
          done(outcome) {
            if (outcome === "give back") reserved.release()
            release()
          },
        }
      } catch (error) {
        release()
        throw toStoreError(error)
      }
    },
  })
  return sql
}

/** Type numbers of pg_type. */
const oid = { int8: 20, bytea: 17 } as const

/** Of a type, the number of its array: fixed since long ago. The driver would ask, but only after the first query. */
const arrayTypes: Readonly<Record<number, number>> = {
  16: 1000,
  17: 1001,
  20: 1016,
  21: 1005,
  23: 1007,
  25: 1009,
  700: 1021,
  701: 1022,
  1043: 1015,
  1082: 1182,
  1184: 1185,
  2950: 2951,
  3802: 3807,
}

const parseInt8 = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError("a bigint of the database is over 2^53 − 1")
  return value
}

const customTypes = {
  int8: { to: oid.int8, from: [oid.int8], serialize: (value: unknown) => String(value), parse: parseInt8 },
  bytea: {
    to: oid.bytea,
    from: [oid.bytea],
    serialize: (bytes: Uint8Array) =>
      `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`,
    parse: (text: string) => Buffer.from(text.slice(2), "hex"),
  },
}
