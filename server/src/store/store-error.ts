import postgres from "postgres"

/**
 * What the store throws. `temporary` says that the same call may succeed later: a door answers 4xx. The text
 * never quotes values: Postgres puts those into `detail`, which is dropped, and into the messages of class 22.
 */
export class StoreError extends Error {
  override readonly name = "StoreError"
  readonly temporary: boolean
  /** SQLSTATE where the database answered, the system's word (`ECONNREFUSED`) where it did not. */
  readonly code: string | undefined
  /** The constraint that refused a row. */
  readonly constraint: string | undefined

  constructor(
    message: string,
    options: {
      temporary: boolean
      code?: string | undefined
      constraint?: string | undefined
      cause?: unknown
    },
  ) {
    super(message, { cause: options.cause })
    this.temporary = options.temporary
    this.code = options.code
    this.constraint = options.constraint
  }
}

/** SQLSTATE of a full disk, which `room()` listens for. */
export const diskFull = "53100"

/** Classes 08 connection, 40 rollback, 53 resources, 57 operator, 58 system; and two single states. */
const temporaryStates = /^(?:08|40|53|57|58)|^55P03$|^25P03$/

/** What the sockets and the driver say when the database is not there, or no longer. */
const lostConnection = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
])

/** An error of the database or of the way to it becomes a StoreError; any other error comes back as it is. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreError) return error
  if (error instanceof postgres.PostgresError) {
    return fromAnswer(
      { code: error.code, message: error.message, constraint: error.constraint_name },
      withoutValues(error),
    )
  }
  if (!(error instanceof Error)) return error
  const code: unknown = "code" in error ? error.code : undefined
  if (typeof code !== "string" || !lostConnection.has(code)) return error
  return new StoreError(`the database cannot be reached (${code})`, { temporary: true, code, cause: error })
}

/** Whether the connection itself is gone, not only the query: 08 connection, 57P01 to 57P05 shut down or dropped. */
export function saysLost(error: unknown): boolean {
  if (!(error instanceof StoreError) || error.code === undefined) return false
  return lostConnection.has(error.code) || /^(?:08|57P0)/.test(error.code)
}

/** Whether it was ended since it and others waited in a circle: what each of them does can be done alone. */
export function saysDeadlock(error: unknown): boolean {
  return error instanceof StoreError && error.code === "40P01"
}

/** What the database says in its ErrorResponse. */
export interface Refusal {
  readonly code: string
  readonly message: string
  readonly constraint: string | undefined
}

export function fromAnswer(refusal: Refusal, cause?: unknown): StoreError {
  const quotes = refusal.code.startsWith("22")
  const said = quotes ? "a value does not fit its type" : refusal.message
  return new StoreError(`the database refused: ${said} (${refusal.code})`, {
    temporary: temporaryStates.test(refusal.code),
    code: refusal.code,
    constraint: refusal.constraint,
    cause: quotes ? undefined : cause,
  })
}

/** The driver hangs the values onto the error; nobody above needs them, and a log might print them. */
function withoutValues(error: postgres.PostgresError): postgres.PostgresError {
  for (const field of ["detail", "where", "internal_query", "hint", "query", "parameters", "args"]) {
    Reflect.deleteProperty(error, field)
  }
  return error
}
