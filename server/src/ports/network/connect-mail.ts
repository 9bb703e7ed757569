import { connect, isIPv6, type Socket } from "node:net"
import type { Timer } from "../timer.ts"
import type { Egress } from "./egress.ts"
import { mayGo } from "./may-go.ts"
import { type Handshake, type Shaken, shakeHands } from "./shake-hands.ts"

/**
 * A connection to a mail server elsewhere, as the sending side needs it: octets out and in, with back-pressure, and TLS on
 * the way. It says nothing by itself and decides nothing.
 */
export interface MailConnection {
  /** Our own address on it. */
  readonly localIp: string
  /** What comes from now on goes here. Once; octets wait until then. */
  hear(ears: Ears): void
  /** False: write nothing more until `drained`. What is written after the end is dropped. */
  write(bytes: Uint8Array): boolean
  /** Nothing may be on its way; what is heard until it is over counts for the handshake. */
  startTls(handshake: Handshake): Promise<Shaken>
  /** Closes once all is written, within `lastWords` milliseconds. */
  end(): void
  destroy(): void
}

export interface Ears {
  bytes(bytes: Buffer): void
  drained(): void
  /** The last of all, once. Told of every end, our own too. */
  closed(): void
}

export interface MailDial {
  /** Asked before the socket opens; minted for `recipient`. */
  readonly egress: Egress
  readonly recipient: "mail-exchanger" | "smart-host"
  readonly ip: string
  readonly port: number
  readonly timer: Timer
  /** Milliseconds until the far side must have taken the connection. */
  readonly timeout: number
  readonly signal: AbortSignal
  /** Addresses of ours to come from, one of each kind at most; the system's choice unless said. */
  readonly from?: { readonly ipv4?: string; readonly ipv6?: string }
  /** TLS from the first octet on. */
  readonly tls?: Handshake
}

export type Dialled =
  | { readonly kind: "connected"; readonly connection: MailConnection; readonly shaken?: Shaken }
  | { readonly kind: "failed"; readonly why: "timed-out" | "unreachable" | "broken-off" }
  /** Nothing may go there now: no agreement, or the ledger could not be written. */
  | { readonly kind: "held-back" }

/** Milliseconds for what is written last, before the socket is destroyed. */
const lastWords = 10_000

export async function connectMail(dial: MailDial): Promise<Dialled> {
  if (!(await mayGo(dial.egress, dial.recipient))) return { kind: "held-back" }
  const opened = await open(dial)
  if (typeof opened === "string") return { kind: "failed", why: opened }
  const connection = wrap(opened, dial.timer)
  if (dial.tls === undefined) return { kind: "connected", connection }
  const shaken = await connection.startTls(dial.tls)
  return { kind: "connected", connection, shaken }
}

function open(dial: MailDial): Promise<Socket | "timed-out" | "unreachable" | "broken-off"> {
  const { ip, port, timer, timeout, signal, from } = dial
  const localAddress = isIPv6(ip) ? from?.ipv6 : from?.ipv4
  return new Promise(resolve => {
    if (signal.aborted) return resolve("broken-off")
    const socket = connect({
      host: ip,
      port,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    const end = (outcome: "timed-out" | "unreachable" | "broken-off" | undefined): void => {
      cancel()
      signal.removeEventListener("abort", abort)
      socket.off("error", refuse)
      if (outcome !== undefined) {
        socket.on("error", () => undefined) // it is given up: whatever comes of it, nobody asks
        socket.destroy()
      }
      resolve(outcome ?? socket)
    }
    const abort = (): void => end("broken-off")
    const refuse = (): void => end("unreachable")
    const cancel = timer.after(timeout, () => end("timed-out"))
    signal.addEventListener("abort", abort)
    socket.once("error", refuse)
    socket.once("connect", () => end(undefined))
  })
}

function wrap(first: Socket, timer: Timer): MailConnection {
  let socket = first
  let ears: Ears | undefined
  let isClosed = false
  let cancelLast: (() => void) | undefined

  const onData = (bytes: Buffer): void => ears?.bytes(bytes)
  const onDrain = (): void => ears?.drained()
  const onClose = (): void => {
    if (isClosed) return
    isClosed = true
    cancelLast?.()
    ears?.closed()
  }
  // An error is followed by the close, which is what counts: a mail that was not answered for is tried again.
  const onError = (): void => undefined
  const attach = (): void => {
    socket.on("error", onError)
    socket.on("drain", onDrain)
    socket.on("close", onClose)
    if (ears !== undefined) socket.on("data", onData)
  }
  const detach = (): void => {
    socket.off("data", onData)
    socket.off("drain", onDrain)
    socket.off("close", onClose)
  }

  attach()
  return {
    localIp: first.localAddress ?? "",
    hear(given) {
      ears = given
      socket.on("data", onData)
      if (isClosed) given.closed()
    },
    write: bytes => isClosed || socket.writableEnded || socket.write(bytes),
    async startTls(handshake) {
      detach()
      const done = await shakeHands(socket, handshake)
      socket = done.socket
      if (done.shaken.kind === "failed") onClose()
      else attach()
      return done.shaken
    },
    end() {
      if (isClosed) return
      cancelLast = timer.after(lastWords, () => socket.destroy())
      socket.destroySoon()
    },
    destroy: () => void socket.destroy(),
  }
}
