/**
 * CPU and memory of whole process trees, as Linux tells them in /proc.
 *
 * CPU: user and system time of each living process and of the children that it has waited for, so that the
 * short-lived ones (Postfix, Postgres) count too. Memory: the proportional share (PSS), in which a page that
 * ten processes share counts once; RSS would count Postgres' buffers once for each of its processes.
 */
import { readdirSync, readFileSync } from "node:fs"

/** Clock ticks a second of /proc/PID/stat: fixed in Linux' interface to programs. */
const TICKS = 100

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly seconds: number
}

function readStats(): readonly Stat[] {
  return readdirSync("/proc").flatMap(name => {
    const text = /^\d+$/.test(name) ? readProc(`/proc/${name}/stat`) : undefined
    if (text === undefined) return []
    // The command's name stands in parentheses and may hold spaces; fields are counted behind it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0)
    return [{ pid: Number(name), parent: Number(fields[1] ?? 0), seconds: ticks / TICKS }]
  })
}

/** Undefined: the process has ended while we looked. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return undefined
  }
}

function familyOf(roots: readonly number[]): readonly Stat[] {
  const byParent = new Map<number, Stat[]>()
  const stats = readStats()
  for (const stat of stats) byParent.set(stat.parent, [...(byParent.get(stat.parent) ?? []), stat])
  const family = new Map<number, Stat>()
  const queue = stats.filter(stat => roots.includes(stat.pid))
  for (const stat of queue) {
    if (family.has(stat.pid)) continue
    family.set(stat.pid, stat)
    queue.push(...(byParent.get(stat.pid) ?? []))
  }
  return [...family.values()]
}

/** Seconds of CPU that the trees below `roots` have used since they began. */
export function cpuSeconds(roots: readonly number[]): number {
  return familyOf(roots).reduce((sum, stat) => sum + stat.seconds, 0)
}

/** Bytes, proportional share, now. Zero on a kernel without smaps_rollup. */
export function memoryBytes(roots: readonly number[]): number {
  return familyOf(roots).reduce((sum, { pid }) => sum + pssOf(pid), 0)
}

function pssOf(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/smaps_rollup`) ?? "")
  return match === null ? 0 : Number(match[1]) * 1_024
}

export interface MemoryWatch {
  /** Peak in bytes. */
  stop(): number
}

/** Looks twice a second; the look itself costs this process some milliseconds. */
export function watchMemory(roots: readonly number[]): MemoryWatch {
  let peak = memoryBytes(roots)
  const look = () => {
    peak = Math.max(peak, memoryBytes(roots))
  }
  const timer = setInterval(look, 500)
  return {
    stop: () => {
      clearInterval(timer)
      look()
      return peak
    },
  }
}
