import { execFile } from "node:child_process"
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs"
import { userInfo } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { StoreError } from "../store-error.ts"
import type { DatabaseUser } from "./database-user.ts"
import { makePrivate, type Place } from "./place.ts"
import type { Program } from "./program.ts"
import { hostRules, renderIdentMap, renderSettings, superuser } from "./settings.ts"

/** Of `initdb`, whose usual time is 1 to 4 s. */
const initdbLimitMs = 120_000
const majorVersion = "18"

/**
 * Makes the cluster at the first start, and writes its settings at every one. `initdb` works in
 * `cluster.unfinished`, which takes its name when all is on the disk: a kill in between leaves nothing half-made.
 */
export async function prepareCluster(place: Place, program: Program): Promise<void> {
  if (!existsSync(place.cluster)) await initCluster(place, program)
  const version = readFileSync(join(place.cluster, "PG_VERSION"), "utf8").trim()
  if (version !== majorVersion) {
    throw new StoreError(
      `the data folder was made by Postgres ${version}, and this Letterkeep brings Postgres ${majorVersion}`,
      { temporary: false },
    )
  }
  writeSettings(place)
}

async function initCluster(place: Place, program: Program): Promise<void> {
  const unfinished = `${place.cluster}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  makePrivate(unfinished, place.user)
  const options = [
    `--pgdata=${unfinished}`,
    `--username=${superuser}`,
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=peer",
    "--data-checksums",
    "--no-instructions",
  ]
  try {
    await promisify(execFile)(program.initdb, options, {
      env: program.env,
      cwd: "/",
      timeout: initdbLimitMs,
      ...asUser(place.user),
    })
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim().slice(-500) : ""
    throw new StoreError(`the database could not be made: initdb failed${said === "" ? "" : `: ${said}`}`, {
      temporary: false,
      cause: error,
    })
  }
  renameSync(unfinished, place.cluster)
  syncFolder(place.folder)
}

/** Spawn options that hand a child to the database's user. */
export function asUser(user: DatabaseUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid }
}

/** Outside of the cluster, where only we can write. */
function writeSettings(place: Place): void {
  const operatorsFile = join(place.folder, "operator.conf")
  const { blocks, bsize } = statfsSync(place.folder)
  const text = renderSettings({
    folder: place.folder,
    volumeBytes: blocks * bsize,
    operatorsFile: existsSync(operatorsFile) ? operatorsFile : undefined,
  })
  write(place, "postgresql.conf", text)
  write(place, "pg_hba.conf", hostRules)
  write(place, "pg_ident.conf", renderIdentMap(userInfo().username))
}

function write(place: Place, name: string, text: string): void {
  const path = join(place.folder, name)
  writeFileSync(`${path}.fresh`, text, { flush: true })
  // Readable for the database's user; the folder keeps all others out.
  chmodSync(`${path}.fresh`, 0o644)
  renameSync(`${path}.fresh`, path)
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r")
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
