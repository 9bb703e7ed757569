/**
 * Secrets typed at a terminal: asked for by name, one line each, and not shown. Echo is the terminal's own, so it is
 * put into raw mode, where the keys that edit a line are ours to understand; it gets its mode back whatever happens
 * (at SIGINT and SIGTERM Node itself sees to that).
 */
import type { Readable } from "node:stream"
import { UsageError } from "./usage-error.ts"

export type Typed =
  | { readonly kind: "typed"; readonly secrets: Readonly<Record<string, string>> }
  /** Ctrl+C. */
  | { readonly kind: "interrupted" }

/** What of `process.stdin` at a terminal is needed. */
export type Terminal = Readable & { setRawMode(isRaw: boolean): unknown }

/** Octets of one line. */
const lineLimit = 4096

/** `names` as in cli-command.ts; `say` writes the questions. Rejects with a UsageError at Ctrl+D on an empty line. */
export async function typeSecrets(
  names: readonly string[],
  input: Terminal,
  say: (text: string) => void,
): Promise<Typed> {
  const { promise, resolve, reject } = Promise.withResolvers<Typed>()
  const secrets: Record<string, string> = {}
  const left = [...names]
  const line = createLine()
  const ask = (): void => say(`${questionFor(left[0] ?? "", names)}: `)
  const onEnd = (): void => reject(new UsageError("nothing was typed"))
  const take = (octet: number): boolean => {
    const key = line.press(octet)
    if (key === "none") return false
    say("\n")
    if (key === "interrupt") resolve({ kind: "interrupted" })
    else if (key === "end") onEnd()
    else if (key === "too-long") reject(new UsageError("that is too long to be a password"))
    else {
      const [name] = left
      if (key.line !== "" && name !== undefined) {
        secrets[name] = key.line
        left.shift()
      }
      if (left.length > 0) {
        ask()
        return false
      }
      resolve({ kind: "typed", secrets })
    }
    return true
  }
  const onData = (chunk: Uint8Array): void => {
    for (const octet of chunk) if (take(octet)) return
  }
  input.setRawMode(true)
  try {
    ask()
    input.on("data", onData).once("end", onEnd).once("error", reject)
    return await promise
  } finally {
    input.off("data", onData).off("end", onEnd).off("error", reject)
    input.setRawMode(false)
    input.pause()
  }
}

function questionFor(name: string, names: readonly string[]): string {
  switch (name) {
    case "current":
      return "current password"
    case "code":
      return "recovery code"
    case "old":
      return "old password or recovery code"
    case "password":
      return names.length > 1 ? "new password" : "password"
    default:
      return name
  }
}

type Pressed = "none" | "interrupt" | "end" | "too-long" | { readonly line: string }

/** A line as a terminal would edit it: Backspace, Ctrl+U, Ctrl+C, Ctrl+D; keys that write nothing are left out. */
function createLine(): { press(octet: number): Pressed } {
  let octets: number[] = []
  let before = 0
  /** Inside the escape sequence of an arrow or the like (ECMA-48 §5.4). */
  let sequence: "no" | "begun" | "letter" | "control" = "no"
  const finish = (): Pressed => {
    const line = Buffer.from(octets).toString("utf8")
    octets = []
    return { line }
  }
  const write = (octet: number): Pressed => {
    if (octet < 0x20) return "none"
    octets.push(octet)
    return octets.length > lineLimit ? "too-long" : "none"
  }
  /** A character of several octets goes as one. */
  const erase = (): void => {
    let last = octets.pop()
    while (last !== undefined && (last & 0xc0) === 0x80) last = octets.pop()
  }
  /** Whether the octet belongs to a sequence: Escape by itself is left out, and what follows it is not. */
  const skips = (octet: number): boolean => {
    const was = sequence
    if (was === "begun") sequence = octet === 0x5b ? "control" : octet === 0x4f ? "letter" : "no"
    else if (was === "letter" || octet >= 0x40) sequence = "no"
    return was === "letter" || was === "control" || sequence !== "no"
  }
  return {
    press(octet) {
      const isSecondHalf = before === 0x0d && octet === 0x0a
      before = octet
      if (octet === 0x03) return "interrupt"
      if (skips(octet)) return "none"
      if (octet === 0x04) return octets.length === 0 ? "end" : finish()
      else if (octet === 0x0d || (octet === 0x0a && !isSecondHalf)) return finish()
      else if (octet === 0x7f || octet === 0x08) erase()
      else if (octet === 0x15) octets = []
      else if (octet === 0x1b) sequence = "begun"
      else return write(octet)
      return "none"
    },
  }
}
