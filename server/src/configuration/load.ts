import { existsSync, readFileSync } from "node:fs"
import { hostname } from "node:os"
import { basename, dirname, join, resolve } from "node:path"
import { parse, TomlError } from "smol-toml"
import { type AcmeSettings, readAcme } from "./acme.ts"
import { ConfigurationError, type Problem } from "./configuration-error.ts"
import { lineOfKey } from "./line-of-key.ts"
import { nearest } from "./nearest.ts"
import type { Setting } from "./setting.ts"
import { type Settings, settings } from "./settings.ts"

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S
type ValueOf<S> = S extends Setting<infer T> ? T : never
type Read = {
  readonly [Table in keyof Settings]: {
    readonly [Key in keyof Settings[Table] as Camel<Key & string>]: ValueOf<Settings[Table][Key]>
  }
}

/** What is set, keys in camel case: `smtp.maxMessageSize` (bytes), `dns.timeout` (milliseconds). Paths are absolute. */
export type Configuration = Omit<Read, "tls" | "acme" | "sending" | "store" | "keys"> & {
  /** PEM files; undefined: make one. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** Undefined: no authority is asked for certificates. */
  readonly acme: AcmeSettings | undefined
  readonly sending: Omit<Read["sending"], "smartHostUser" | "smartHostPasswordFile" | "smartHostBinding"> & {
    /** How to sign in at the smart host; undefined: without. */
    readonly signIn:
      | { readonly user: string; readonly passwordFile: string; readonly isBound: boolean }
      | undefined
  }
  readonly store: Omit<Read["store"], "databaseUrl"> & { readonly databaseUrl: string | undefined }
  readonly keys: { readonly file: string }
}

/** Longest file that is read, in characters. */
export const maxConfigurationLength = 1_000_000

/**
 * Reads `path`; without one, `letterkeep.toml` in the data folder if it is there. Throws ConfigurationError
 * with every problem in it.
 */
export function loadConfiguration(
  path: string | undefined,
  dataFolder: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Configuration {
  const file = resolve(path ?? join(dataFolder, "letterkeep.toml"))
  if (path === undefined && !existsSync(file)) return readConfiguration("", { file, dataFolder, environment })
  try {
    return readConfiguration(readFileSync(file, "utf8"), { file, dataFolder, environment })
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    throw new ConfigurationError(
      file,
      [{ key: "", line: undefined, text: "cannot be read: is it there, and may this user read it?" }],
      cause,
    )
  }
}

export interface ReadingFrom {
  /** For messages, and the place where relative paths start. */
  readonly file: string
  readonly dataFolder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function readConfiguration(toml: string, from: ReadingFrom): Configuration {
  const problems: Problem[] = []
  const given = parseToml(toml, from.file)
  for (const table of Object.keys(given)) {
    if (Object.hasOwn(settings, table)) continue
    problems.push({
      key: table,
      line: lineOfKey(toml, table),
      text: `there is no such table${suggestion(table, Object.keys(settings))}`,
    })
  }
  const read = Object.fromEntries(
    Object.entries(settings).map(([table, keys]) => [
      table,
      readTable(toml, table, keys, given[table] ?? {}, problems),
    ]),
  ) as unknown as Read // built key by key from `settings`, from which the type is derived
  if ((read.tls.cert === "") !== (read.tls.key === ""))
    problems.push({
      key: "tls",
      line: lineOfKey(toml, "tls"),
      text: "cert and key go together: give both or neither",
    })
  const { smartHost, smartHostUser, smartHostPasswordFile, smartHostBinding, ...sending } = read.sending
  if (
    (smartHostUser === "") !== (smartHostPasswordFile === "") ||
    (smartHostUser !== "" && smartHost === false)
  )
    problems.push({
      key: "sending.smart_host_user",
      line: lineOfKey(toml, "sending", "smart_host_user"),
      text: "smart_host_user and smart_host_password_file go together, with a smart_host",
    })
  const at = (path: string) => resolve(dirname(from.file), path)
  const ownName = read.smtp.hostname || hostname().toLowerCase()
  // What a value should be is said above already: what goes together is looked at where each is well.
  const acme =
    problems.length > 0
      ? { settings: undefined, problems: [] }
      : readAcme(read.acme, { hostname: ownName, hasOwnCertificate: read.tls.cert !== "", at })
  for (const { key, text } of acme.problems)
    problems.push({ key, line: lineOfKey(toml, "acme", key.slice("acme.".length)), text })
  if (problems.length > 0) throw new ConfigurationError(from.file, problems)

  const dataFolder = resolve(from.dataFolder)
  const databaseUrl = from.environment.DATABASE_URL || read.store.databaseUrl
  return {
    ...read,
    tls: read.tls.cert === "" ? undefined : { cert: at(read.tls.cert), key: at(read.tls.key) },
    acme: acme.settings,
    smtp: { ...read.smtp, hostname: ownName },
    sending: {
      ...sending,
      smartHost,
      signIn:
        smartHostUser === ""
          ? undefined
          : { user: smartHostUser, passwordFile: at(smartHostPasswordFile), isBound: smartHostBinding },
    },
    store: { ...read.store, databaseUrl: databaseUrl === "" ? undefined : databaseUrl },
    keys: {
      file:
        read.keys.file === ""
          ? join(dirname(dataFolder), "keys", basename(dataFolder), "keys.json")
          : at(read.keys.file),
    },
  }
}

function parseToml(toml: string, file: string): Readonly<Record<string, unknown>> {
  if (toml.length > maxConfigurationLength)
    throw new ConfigurationError(file, [
      { key: "", line: undefined, text: `is longer than ${maxConfigurationLength} characters` },
    ])
  try {
    return parse(toml)
  } catch (cause) {
    const line = cause instanceof TomlError ? cause.line : undefined
    const why = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : ""
    throw new ConfigurationError(
      file,
      [{ key: "", line, text: `is not TOML here (${why.replace(/^Invalid TOML document: /, "")})` }],
      cause,
    )
  }
}

function readTable(
  toml: string,
  table: string,
  keys: Readonly<Record<string, Setting<unknown>>>,
  given: unknown,
  problems: Problem[],
): Readonly<Record<string, unknown>> {
  const isTable = typeof given === "object" && given !== null && !Array.isArray(given)
  if (!isTable)
    problems.push({
      key: table,
      line: lineOfKey(toml, table),
      text: `is a table: write [${table}] on a line of its own`,
    })
  const values = new Map(isTable ? Object.entries(given) : [])
  for (const key of values.keys()) {
    if (Object.hasOwn(keys, key)) continue
    const text = `there is no such setting${suggestion(key, Object.keys(keys))}`
    problems.push({ key: `${table}.${key}`, line: lineOfKey(toml, table, key), text })
  }
  const out: Record<string, unknown> = {}
  for (const [key, { kind, normally }] of Object.entries(keys)) {
    const result = kind.type.safeParse(values.has(key) ? values.get(key) : normally)
    if (result.success) out[camelCase(key)] = result.data
    else
      problems.push({
        key: `${table}.${key}`,
        line: lineOfKey(toml, table, key),
        text: result.error.issues[0]?.message ?? "",
      })
  }
  return out
}

function suggestion(word: string, candidates: readonly string[]): string {
  const close = nearest(word, candidates)
  return close === undefined ? `; there are ${candidates.join(", ")}` : `: did you mean ${close}?`
}

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
