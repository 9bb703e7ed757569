import { StoreError, toStoreError } from "./store-error.ts"

/**
 * Every query of the driver that comes through here rejects with a StoreError. Its queries are promises that carry
 * their own `handler`, which sends them, and `reject`, which it calls; those are wrapped. The driver's exact
 * version is pinned, and the tests of transactions fail where this no longer holds.
 */
export interface QueryWatch {
  /** Throws where a query must not be sent any more. Asked at the moment of sending, not of writing it down. */
  mayRun(): void
  failed(error: unknown): void
  /** A query is being sent; what comes back is called when it is answered. */
  started(query: DriverQuery): () => void
}

export interface DriverQuery extends Promise<unknown> {
  handler: (query: DriverQuery) => unknown
  reject: (error: unknown) => void
  /** The connection that it went to. */
  readonly state: { readonly pid: number | null } | null
}

/**
 * Rejects the queries that will get no answer: the driver forgets those that it sends between the error of a
 * socket and its close.
 */
export function rejectLost(running: Iterable<DriverQuery>): void {
  for (const query of [...running]) {
    query.reject(new StoreError("the database connection was lost", { temporary: true }))
  }
}

type Call = (...given: unknown[]) => unknown

/** `target` may change between calls; `extra` properties come before its own. */
export function guardQueries<S extends object>(
  target: () => unknown,
  watch: QueryWatch,
  extra: Readonly<Record<string, unknown>>,
): S {
  const guard = (made: unknown): unknown => (isQuery(made) ? guardQuery(made, watch) : made)
  const proxy: unknown = new Proxy(() => undefined, {
    apply: (_target, _self, given) => guard((target() as Call)(...given)),
    get(_target, name) {
      if (typeof name === "string" && name in extra) return extra[name]
      const from = target() as object
      const value: unknown = Reflect.get(from, name)
      if (typeof value !== "function") return value
      return (...given: unknown[]) => guard((value as Call)(...given))
    },
  })
  return proxy as S
}

function guardQuery(query: DriverQuery, watch: QueryWatch): DriverQuery {
  const { handler, reject } = query
  query.reject = error => {
    const told = toStoreError(error)
    watch.failed(told)
    Reflect.apply(reject, query, [told])
  }
  query.handler = self => {
    try {
      watch.mayRun()
    } catch (error) {
      query.reject(error)
      return undefined
    }
    const settled = watch.started(query)
    query.then(settled, settled)
    return handler(self)
  }
  return query
}

function isQuery(made: unknown): made is DriverQuery {
  return (
    made instanceof Promise &&
    "handler" in made &&
    typeof made.handler === "function" &&
    "reject" in made &&
    typeof made.reject === "function"
  )
}
