import { readFileSync, statSync } from "node:fs"
import { StoreError } from "../store-error.ts"

/** Who runs Postgres, which refuses to be root. */
export interface DatabaseUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const preferred = ["letterkeep", "postgres", "nobody"] as const

/**
 * `undefined` where this process is not root: Postgres then runs as the same user. For root: the owner of an
 * existing cluster, else the first of `letterkeep`, `postgres` and `nobody` that /etc/passwd knows.
 */
export function chooseDatabaseUser(cluster: string, passwd = "/etc/passwd"): DatabaseUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readUsers(passwd)
  const owner = statSync(cluster, { throwIfNoEntry: false })
  if (owner !== undefined && owner.uid !== 0) {
    const known = users.find(user => user.uid === owner.uid)
    return known ?? { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid }
  }
  for (const name of preferred) {
    const user = users.find(one => one.name === name && one.uid !== 0)
    if (user !== undefined) return user
  }
  throw new StoreError(
    "Postgres refuses to run as root, and this machine has no user letterkeep, postgres or nobody to run it: " +
      "add one (useradd --system letterkeep), or start Letterkeep as an ordinary user",
    { temporary: false },
  )
}

/** passwd(5): name, password, uid, gid, and three more, parted by colons. */
export function readUsers(passwd: string): DatabaseUser[] {
  const users: DatabaseUser[] = []
  for (const line of readFileSync(passwd, "utf8").split("\n")) {
    const [name, , uid, gid] = line.split(":")
    if (name === undefined || uid === undefined || gid === undefined) continue
    if (/^\d+$/.test(uid) && /^\d+$/.test(gid)) users.push({ name, uid: Number(uid), gid: Number(gid) })
  }
  return users
}
