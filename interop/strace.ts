import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"

/** A system call as strace wrote it down: `began` and `ended` are line numbers, so they order calls of all processes. */
export interface TracedCall {
  readonly pid: number
  readonly name: string
  /** All between the parentheses, as far as it was known when the call began. */
  readonly arguments: string
  readonly began: number
  /** Infinity when it never returned. */
  readonly ended: number
  readonly result: string
}

export interface Tracing {
  /** Detaches, and gives what was seen. */
  stop(): Promise<readonly TracedCall[]>
}

const calls = "read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,pwritev,fdatasync,fsync"

/** Attaches to processes that run, with all their threads, and to what they start from now on. */
export async function startTracing(
  strace: string,
  pids: readonly number[],
  logFile: string,
): Promise<Tracing> {
  const attach = pids.flatMap(pid => ["-p", String(pid)])
  const args = ["-f", "-y", "-s", "1024", "-e", `trace=${calls}`, "-o", logFile, ...attach]
  const child = spawn(strace, args, { stdio: ["ignore", "ignore", "pipe"] })
  let said = ""
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", code => reject(new Error(`strace ended with ${code}: ${said}`)))
    child.stderr.on("data", (piece: Buffer) => {
      said += piece.toString("utf8")
      const attached = new Set([...said.matchAll(/Process (\d+) attached/g)].map(match => Number(match[1])))
      if (pids.every(pid => attached.has(pid))) resolve()
    })
  })
  return {
    async stop() {
      child.kill("SIGINT")
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
      return readTrace(await readFile(logFile, "utf8"))
    },
  }
}

/**
 * A line is `PID name(arguments) = result`, or the same cut in two where another process came between:
 * `PID name(arguments <unfinished ...>` and later `PID <... name resumed>more) = result`.
 */
export function readTrace(log: string): readonly TracedCall[] {
  const done: TracedCall[] = []
  const open = new Map<number, TracedCall>()
  for (const [no, line] of log.split("\n").entries()) {
    const [, pidText, rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? []
    const pid = Number(pidText)
    const resumed = /^<\.\.\. (\w+) resumed>(.*?)\)? += (.*)$/.exec(rest)
    if (resumed !== null) {
      const begun = open.get(pid)
      open.delete(pid)
      if (begun !== undefined) {
        const whole = `${begun.arguments}${resumed[2] ?? ""}`
        done.push({ ...begun, arguments: whole, ended: no, result: resumed[3] ?? "" })
      }
      continue
    }
    const cut = /^(\w+)\((.*) <unfinished \.\.\.>$/.exec(rest)
    if (cut !== null) {
      const [, name = "", text = ""] = cut
      open.set(pid, { pid, name, arguments: text, began: no, ended: Number.POSITIVE_INFINITY, result: "" })
      continue
    }
    const whole = /^(\w+)\((.*)\) += (.*)$/.exec(rest)
    if (whole === null) continue
    const [, name = "", text = "", result = ""] = whole
    done.push({ pid, name, arguments: text, began: no, ended: no, result })
  }
  return [...done, ...open.values()].sort((a, b) => a.began - b.began)
}
