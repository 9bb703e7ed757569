import { spawn } from "node:child_process"
import { once } from "node:events"

export interface Ended {
  readonly code: number | null
  /** What it printed, both streams as they came, one character an octet. */
  readonly output: string
}

/** Milliseconds for one run: a client that waits for ever should say where. */
const longestRun = 200_000

/** Runs a program of others to its end; SIGKILL when it takes too long. */
export async function runProgram(
  path: string,
  args: readonly string[],
  more: {
    readonly stdin?: string
    readonly environment?: Readonly<Record<string, string>>
    readonly cwd?: string
  } = {},
): Promise<Ended> {
  const child = spawn(path, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...more.environment },
    cwd: more.cwd,
  })
  const pieces: Buffer[] = []
  child.stdout.on("data", (piece: Buffer) => pieces.push(piece))
  child.stderr.on("data", (piece: Buffer) => pieces.push(piece))
  // it may end before it read all: its exit code tells, not the broken pipe
  child.stdin.on("error", () => child.stdin.destroy())
  child.stdin.end(more.stdin ?? "")
  const late = setTimeout(() => child.kill("SIGKILL"), longestRun)
  const [code] = (await once(child, "close")) as [number | null]
  clearTimeout(late)
  return { code, output: Buffer.concat(pieces).toString("latin1") }
}
