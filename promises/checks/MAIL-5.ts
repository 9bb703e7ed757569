import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, chown, mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { repository } from "../../fixtures/server.ts"
import { SmtpClient } from "../../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import type { Mutation } from "../check-file.ts"

/**
 * MAIL-5, as far as Linux: one command after `npm ci`, the README's, makes a server with a database of its own out of an
 * empty folder, with whatever Node the system has; as root and as somebody who may do nothing; and it leaves nothing behind
 * when it is stopped.
 */
const oneCommand = "npm start makes a server out of an empty folder, and its link leads to a page"
const anybody = "the same as a user who may do nothing, and in a folder with a very long name"

export const mutations: readonly Mutation[] = [
  {
    name: "it runs by the Node that the system has",
    file: "letterkeep",
    find: 'if [ ! -x "$node" ]; then',
    replace: "node=node; if false; then",
    why: "systems have an older Node than it needs",
    noticedBy: anybody,
  },
  {
    name: "the link is kept to itself",
    file: "server/src/main.ts",
    find: "if (ready.setup !== undefined) sayWhereToBegin(",
    replace: 'if (ready.setup === "") sayWhereToBegin(',
    why: "a newcomer would not know where to begin",
    noticedBy: oneCommand,
  },
  {
    name: "sockets lie in the data folder, however long its name is",
    file: "server/src/doors/control/socket-path.ts",
    find: "export const socketPathLimit = 107",
    replace: "export const socketPathLimit = 4000",
    why: "a folder with a long name would have no server",
    noticedBy: anybody,
  },
]

interface Started {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ready: {
    readonly smtp: string
    readonly http: string
    readonly setup: string
    readonly pid: number
  }
}

const NOBODY = 65_534
const any = "127.0.0.1:0"
const doors = ["http", "smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s"]
const config = ["[listen]", ...doors.map(door => `${door} = "${any}"`), ""].join("\n")
let folder: string

/** As somebody would who has only read the README: the Node of the system, nothing of ours in the environment. */
async function start(name: string, command: readonly string[], uid?: number): Promise<Started> {
  const own = join(folder, name)
  await mkdir(own, { recursive: true, mode: 0o711 })
  const [configFile, readyFile] = [join(own, "letterkeep.toml"), join(own, "ready.json")]
  await writeFile(configFile, config, { mode: 0o644 })
  if (uid !== undefined) await chown(own, uid, uid)
  const [program = "", ...words] = command
  const args = [...words, "--data", join(own, "data"), "--config", configFile, "--ready-file", readyFile]
  const child = spawn(program, args, {
    cwd: repository,
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: own },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (piece: Buffer) => {
      said += piece.toString()
    })
  for (let tries = 0; ; tries += 1) {
    const ready = await readFile(readyFile, "utf8").catch(() => undefined)
    if (ready !== undefined)
      return { child, output: () => said, ready: JSON.parse(ready) as Started["ready"] }
    if (tries === 600 || child.exitCode !== null)
      assert.fail(`it is not ready; it wrote:\n${said.slice(-3000)}`)
    await wait(100)
  }
}

async function stop({ child, ready }: Started): Promise<void> {
  process.kill(ready.pid, "SIGTERM")
  await once(child, "exit")
}

async function works({ ready, output }: Started): Promise<void> {
  assert.ok(output().includes(ready.setup), "the link is shown")
  const page = await fetch(ready.setup.replace(/#.*/, ""))
  assert.equal(page.status, 200)
  const [host = "", port] = ready.smtp.split(":")
  const client = await SmtpClient.connect({ host, port: Number(port) })
  assert.equal((await client.command("EHLO client.example")).code, 250)
  await client.quit()
}

/** May everybody pass through all folders down to this one? Root's own are often shut. */
async function isOpenToAll(path: string): Promise<boolean> {
  const { mode } = await stat(path)
  if ((mode & 0o001) === 0) return false
  return path === "/" || (await isOpenToAll(dirname(path)))
}

function checks(): void {
  before(async () => {
    folder = await makeTempFolder()
    await chmod(folder, 0o711)
  })
  after(() => removeFolder(folder))

  test(oneCommand, async () => {
    const started = await start("home", ["npm", "start", "--"])
    try {
      await works(started)
    } finally {
      await stop(started)
    }
    assert.throws(() => process.kill(started.ready.pid, 0), "the server is gone")
  })

  test(anybody, async () => {
    const isRoot = process.getuid?.() === 0
    const uid = isRoot && (await isOpenToAll(repository)) ? NOBODY : undefined
    const started = await start(`home/${"deep".repeat(40)}`, [join(repository, "letterkeep"), "serve"], uid)
    try {
      await works(started)
    } finally {
      await stop(started)
    }
  })
}

if (import.meta.main) describe("MAIL-5, one command", checks)
