/** Running what Debian has: which packages are missing, and programs that end when the bench does. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { closeSync, existsSync, openSync } from "node:fs"
import { connect } from "node:net"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"

/** A file of each package that the bench calls. */
const NEEDED: Readonly<Record<string, string>> = {
  postfix: "/usr/lib/postfix/sbin/master",
  "dovecot-core": "/usr/sbin/dovecot",
  "dovecot-lmtpd": "/usr/lib/dovecot/lmtp",
  rspamd: "/usr/bin/rspamd",
}

/** Throws with the command that installs what is missing; `screening` asks for rspamd too. */
export function requirePrograms(screening: boolean): void {
  const missing = Object.entries(NEEDED)
    .filter(([name, file]) => (screening || name !== "rspamd") && !existsSync(file))
    .map(([name]) => name)
  if (missing.length > 0)
    throw new Error(
      `this bench compares with Debian's own: apt-get install --no-install-recommends ${missing.join(" ")}`,
    )
  if (process.getuid?.() !== 0) throw new Error("Postfix and Dovecot change users: run this bench as root")
}

export interface Daemon {
  readonly program: string
  readonly pid: number
  stop(): Promise<void>
}

const programNames: Readonly<Record<string, string>> = { master: "Postfix", dovecot: "Dovecot" }

const running = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM")
})

/** Starts a program that stays in the foreground, as leader of a group: Postfix' master ends its children so. What it
 * prints goes to the file `output`. SIGTERM ends it; SIGKILL after ten seconds. */
export async function startDaemon(program: string, args: readonly string[], output: string): Promise<Daemon> {
  const log = openSync(output, "a")
  const child = spawn(program, args, { stdio: ["ignore", log, log], detached: true })
  closeSync(log)
  await once(child, "spawn")
  running.add(child)
  const ended = once(child, "exit").then(() => running.delete(child))
  if (child.pid === undefined) throw new Error(`${program} has no pid`)
  return {
    program: programNames[path.basename(program)] ?? path.basename(program),
    pid: child.pid,
    stop: async () => {
      child.kill("SIGTERM")
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000)
      await ended
      clearTimeout(late)
    },
  }
}

/** Output of a command that must succeed. */
export function runOnce(program: string, args: readonly string[]): string {
  const result = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28 })
  if (result.status !== 0)
    throw new Error(`${program} ${args.join(" ")} ended with ${result.status}: ${result.stderr}`)
  return result.stdout
}

/** Resolves when somebody listens there; rspamd compiles patterns for 15 s at its first start. */
export async function listening(where: { readonly port: number } | { readonly path: string }): Promise<void> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    const socket = "port" in where ? connect(where.port, "127.0.0.1") : connect(where.path)
    const open = await new Promise<boolean>(resolve => {
      socket.once("connect", () => resolve(true))
      socket.once("error", () => resolve(false))
    })
    socket.destroy()
    if (open) return
    await wait(50)
  }
  throw new Error(`nobody listens on ${JSON.stringify(where)}`)
}
