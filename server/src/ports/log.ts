import type { Clock } from "./clock.ts"
import { type EventName, type FieldKind, type FieldsOf, type Level, logEvents } from "./log-events.ts"

export { failure, own, ref } from "./log-fields.ts"

/**
 * The log: events from one typed table, each written once, as a JSON line (or a line for people on a
 * terminal). What a field may hold is decided in `log-fields.ts`; there is no way to write free text.
 */
export interface Log {
  event<N extends EventName>(name: N, fields: FieldsOf<N>): void
}

export interface LogOptions {
  readonly clock: Clock
  /** `json`: one object a line. `human`: for a terminal. */
  readonly form: "json" | "human"
  /** The least level that is written; `abuse` ranks with `warn`. */
  readonly level: Exclude<Level, "abuse">
}

const rank: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, abuse: 2, error: 3 }

/** `write` takes one whole line with its line feed; it must not throw. */
export function createLog(write: (line: string) => void, options: LogOptions): Log {
  const least = rank[options.level]
  const render = options.form === "json" ? renderJson : renderHuman
  return {
    event(name, fields) {
      const { level } = logEvents[name]
      if (rank[level] >= least) write(`${render(options.clock.now(), level, name, checked(name, fields))}\n`)
    },
  }
}

export const silentLog: Log = { event: () => undefined }

export interface RecordedEvent {
  readonly name: EventName
  readonly fields: { readonly [field: string]: unknown }
}

/** For tests: keeps what was logged, checked as it would be for writing. */
export function recordingLog(): Log & { readonly events: readonly RecordedEvent[] } {
  const events: RecordedEvent[] = []
  return { events, event: (name, fields) => void events.push({ name, fields: checked(name, fields) }) }
}

type Value = number | boolean | string

/** The types say it already; what got past them by a cast is written as `?`. */
function checked(name: EventName, fields: object): Readonly<Record<string, Value>> {
  const kinds: { readonly [field: string]: FieldKind } = logEvents[name].fields
  const out: Record<string, Value> = {}
  for (const [field, value] of Object.entries(fields)) {
    const kind = kinds[field]
    if (kind !== undefined) out[field] = fits(kind, value) ? value : "?"
  }
  return out
}

function fits(kind: FieldKind, value: unknown): value is Value {
  if (kind === "number") return typeof value === "number" && Number.isFinite(value)
  if (kind === "boolean") return typeof value === "boolean"
  if (typeof value !== "string") return false
  return typeof kind === "string" ? true : kind.includes(value)
}

function renderJson(now: number, level: Level, name: string, fields: object): string {
  return JSON.stringify({ at: new Date(now).toISOString(), level, event: name, ...fields })
}

function renderHuman(now: number, level: Level, name: string, fields: object): string {
  const time = new Date(now).toISOString().slice(11, 23)
  const pairs = Object.entries(fields).map(
    ([field, value]) => `${field}=${/\s/.test(String(value)) ? JSON.stringify(value) : value}`,
  )
  return [time, level.padEnd(5), name, ...pairs].join(" ")
}
