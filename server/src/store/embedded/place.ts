import { randomBytes } from "node:crypto"
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { StoreError } from "../store-error.ts"
import { chooseDatabaseUser, type DatabaseUser } from "./database-user.ts"
import { canEnter, canPassTo } from "./reach.ts"

/**
 * Where the database part lies: `postgres` in the data folder. Under root a data folder can lie below a folder
 * that the database's user may not pass (/root, a `mktemp -d`); then the database part lies in
 * `/var/lib/letterkeep/<random id>` and `postgres` is a link to it.
 *
 * Under root the part belongs to root, and the database's user may only pass through it (0710): root writes files
 * there, which must not be led astray by a link that somebody else planted. The cluster and the socket's folder
 * inside it belong to the database's user and are closed to all others.
 */
export interface Place {
  /** Real path of the database part. */
  readonly folder: string
  readonly cluster: string
  /** Of the socket; 0700. */
  readonly run: string
  readonly log: string
  readonly user: DatabaseUser | undefined
  /** The database part lies outside the data folder. */
  readonly elsewhere: boolean
}

const elsewhereRoot = "/var/lib/letterkeep"

/** `dataFolder` must exist and be a real path. */
export function preparePlace(dataFolder: string): Place {
  const link = join(dataFolder, "postgres")
  const user = chooseDatabaseUser(join(link, "cluster"))
  if (!entryExists(link)) {
    if (user !== undefined && !canPassTo(dataFolder, user)) {
      symlinkSync(makeElsewhere(dataFolder, user), link)
    } else {
      makePassable(link, user)
    }
  }
  if (!existsSync(link)) {
    throw new StoreError(
      `${link} points to a folder that is gone: put the database part back, or restore a backup`,
      {
        temporary: false,
      },
    )
  }
  const folder = realpathSync(link)
  const elsewhere = folder !== link
  if (user !== undefined && !elsewhere) letIn(dataFolder, user)
  if (user !== undefined && !canPassTo(folder, user)) {
    throw new StoreError(
      `the database's user ${user.name} may not pass to ${folder}: make the folders above it passable`,
      {
        temporary: false,
      },
    )
  }
  const run = join(folder, "run")
  makePrivate(run, user)
  return { folder, cluster: join(folder, "cluster"), run, log: join(folder, "postgres.log"), user, elsewhere }
}

function entryExists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Owned by the database's user and closed to everybody else. */
export function makePrivate(folder: string, user: DatabaseUser | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  chmodSync(folder, 0o700)
}

function makeElsewhere(dataFolder: string, user: DatabaseUser): string {
  mkdirSync(elsewhereRoot, { recursive: true, mode: 0o711 })
  const folder = join(elsewhereRoot, randomBytes(8).toString("hex"))
  makePassable(folder, user)
  writeFileSync(join(folder, "belongs-to"), `${dataFolder}\n`, { mode: 0o600 })
  return folder
}

/** Ours; the database's user may pass but not look around. */
function makePassable(folder: string, user: DatabaseUser | undefined): void {
  mkdirSync(folder, { mode: 0o700 })
  if (user !== undefined) letIn(folder, user)
}

/** A folder of root's that is closed to all others gets the database's group: nobody else gains anything. */
function letIn(folder: string, user: DatabaseUser): void {
  if (canEnter(folder, user)) return
  chownSync(folder, 0, user.gid)
  chmodSync(folder, 0o710)
}
