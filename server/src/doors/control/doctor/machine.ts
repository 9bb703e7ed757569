/** What can be told of the machine without asking anybody else. */
import { lstat, readFile, stat, statfs } from "node:fs/promises"
import { totalmem } from "node:os"
import { relative, resolve } from "node:path"
import { type Finding, look, well, wrong } from "./finding.ts"

const gigabyte = 1_000_000_000

export async function examineDisk(dataFolder: string, lowWaterBytes: number): Promise<Finding> {
  const { bavail, bsize } = await statfs(dataFolder)
  const free = bavail * bsize
  const says = `${(free / gigabyte).toFixed(1)} GB are free where the data lies`
  if (free < lowWaterBytes)
    return wrong(
      "disk",
      `${says}, below the low-water mark: mail is put off`,
      "make room, or lower [store] low_water",
    )
  if (free < 3 * lowWaterBytes) return look("disk", says, "make room before it comes to the low-water mark")
  return well("disk", says)
}

export async function examineDataFolder(dataFolder: string): Promise<Finding> {
  // Passing through is allowed: started as root, our own Postgres runs as another user.
  const { mode, uid } = await lstat(dataFolder)
  if ((mode & 0o066) !== 0)
    return look(
      "data folder",
      "other users of this machine may look into the data folder",
      `chmod go-rw ${resolve(dataFolder)}`,
    )
  const user = process.getuid?.()
  if (user !== undefined && user !== uid)
    return look("data folder", "the data folder belongs to another user", `run as its owner, or chown it`)
  return well("data folder", "only its owner may look into the data folder")
}

export async function examineKeyFile(keyFile: string, dataFolder: string): Promise<Finding> {
  const { mode } = await stat(keyFile)
  if ((mode & 0o077) !== 0)
    return wrong("key file", "other users of this machine may read the key file", `chmod 600 ${keyFile}`)
  if (!relative(resolve(dataFolder), resolve(keyFile)).startsWith(".."))
    return look(
      "key file",
      "the key file lies in the data folder: whoever copies the one has both",
      "move it elsewhere and set [keys] file; back it up apart from the data",
    )
  return well("key file", "the key file lies apart from the data and only its owner may read it")
}

export async function examineLimits(connections: number): Promise<Finding> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "")
  const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN)
  if (Number.isNaN(files))
    return look("open files", "this system does not say how many files may be open", "see ulimit -n")
  if (files < connections + 200)
    return look(
      "open files",
      `${files} files may be open at once, but ${connections} connections are allowed`,
      `raise it (ulimit -n ${connections + 1000}, or LimitNOFILE= in the service), or lower [smtp] max_connections`,
    )
  return well("open files", `${files} files may be open at once`)
}

export function examineMemory(): Finding {
  const total = totalmem()
  const says = `the machine has ${(total / gigabyte).toFixed(1)} GB of memory`
  return total < gigabyte
    ? look("memory", says, "1 GB is the least for a small server")
    : well("memory", says)
}

export function examineUser(): Finding {
  return process.getuid?.() === 0
    ? look(
        "user",
        "the server runs as root",
        "give it a user of its own; ports below 1024 can be forwarded to it",
      )
    : well("user", "the server runs as an ordinary user")
}
