import { createSocket, type Socket } from "node:dgram"
import { connect, isIPv6 } from "node:net"
import type { Timer } from "../timer.ts"
import type { DnsServer } from "./dns-servers.ts"
import type { Egress } from "./egress.ts"

/**
 * One question out and one answer in, over UDP or TCP. These are the sockets of the resolver; each opens with
 * an Egress permit for "dns" and is closed before the promise settles.
 */
export type Exchange =
  | { readonly kind: "answer"; readonly bytes: Buffer }
  | { readonly kind: "failed"; readonly why: "timeout" | "unreachable" }
  /** So many datagrams that were no answer to our question that somebody seems to be guessing. */
  | { readonly kind: "suspect" }

export interface Asking {
  readonly egress: Egress
  readonly server: DnsServer
  readonly query: Buffer
  /** Milliseconds for the whole exchange. */
  readonly timeout: number
  readonly timer: Timer
  readonly signal: AbortSignal
  /** Whether these bytes answer the question: its id, its name, its type. */
  readonly fits: (bytes: Buffer) => boolean
}

/** Datagrams from the server's own address that do not fit, before we stop believing in UDP for this question. */
export const maxMisfits = 8
/** A DNS message over TCP has a length of two bytes (RFC 1035 §4.2.2). */
const maxTcpMessage = 65_535

/**
 * A new socket, so a new source port, for each question (RFC 5452 §9.2). The socket is connected: the kernel
 * drops what comes from elsewhere (RFC 5452 §9.1), and a closed port is reported at once.
 */
export async function exchangeUdp(asking: Asking): Promise<Exchange> {
  await asking.egress.release("dns")
  if (asking.signal.aborted) return { kind: "failed", why: "unreachable" }
  return await new Promise(resolve => {
    const socket = openUdp(asking.server.host)
    if (socket === undefined) return resolve({ kind: "failed", why: "unreachable" })
    const end = once(asking, resolve, () => socket.close())
    let misfits = 0
    socket.on("error", () => end({ kind: "failed", why: "unreachable" }))
    socket.on("message", bytes => {
      if (asking.fits(bytes)) return end({ kind: "answer", bytes })
      misfits += 1
      if (misfits === maxMisfits) end({ kind: "suspect" })
    })
    socket.on("connect", () => socket.send(asking.query))
    socket.connect(asking.server.port, asking.server.host)
  })
}

/** Undefined where the machine has no socket left, or no such protocol. */
function openUdp(host: string): Socket | undefined {
  try {
    return createSocket(isIPv6(host) ? "udp6" : "udp4")
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined
    throw error
  }
}

/** RFC 7766: for what UDP cut short, and where UDP cannot be believed. One question a connection. */
export async function exchangeTcp(asking: Asking): Promise<Exchange> {
  await asking.egress.release("dns")
  if (asking.signal.aborted) return { kind: "failed", why: "unreachable" }
  return await new Promise(resolve => {
    const socket = connect({ host: asking.server.host, port: asking.server.port, noDelay: true })
    const end = once(asking, resolve, () => socket.destroy())
    let received = Buffer.alloc(0)
    socket.on("error", () => end({ kind: "failed", why: "unreachable" }))
    socket.on("close", () => end({ kind: "failed", why: "unreachable" }))
    socket.on("data", chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length < 2) return
      const length = received.readUInt16BE(0)
      if (received.length < 2 + length && received.length < 2 + maxTcpMessage) return
      const bytes = received.subarray(2, 2 + length)
      end(asking.fits(bytes) ? { kind: "answer", bytes } : { kind: "suspect" })
    })
    const prefix = Buffer.alloc(2)
    prefix.writeUInt16BE(asking.query.length)
    socket.write(Buffer.concat([prefix, asking.query]))
  })
}

/** Settles once: with an outcome, at the time-out, or when the resolver closes. */
function once(
  asking: Asking,
  resolve: (outcome: Exchange) => void,
  close: () => void,
): (outcome: Exchange) => void {
  let settled = false
  const end = (outcome: Exchange): void => {
    if (settled) return
    settled = true
    cancel()
    asking.signal.removeEventListener("abort", abort)
    close()
    resolve(outcome)
  }
  const abort = () => end({ kind: "failed", why: "unreachable" })
  const cancel = asking.timer.after(asking.timeout, () => end({ kind: "failed", why: "timeout" }))
  asking.signal.addEventListener("abort", abort)
  return end
}
