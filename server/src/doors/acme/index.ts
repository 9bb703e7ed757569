/**
 * A door for a certificate authority that looks at port 443 whether a name is ours (tls-alpn-01, RFC 8737): it shakes hands
 * under the protocol "acme-tls/1" alone, for a name that an order waits for, and hangs up. It says nothing else, takes
 * nothing, and knows no person.
 */
import { createServer, type Server, type Socket } from "node:net"
import { type SecureContext, TLSSocket } from "node:tls"
import { alpnProtocol } from "@letterkeep/acme"
import { failure, type Log, own } from "../../ports/log.ts"
import type { Timer } from "../../ports/timer.ts"

export interface AlpnDoorOptions {
  readonly listen: { readonly host: string; readonly port: number }
  /** The certificate with the answer; undefined where no order waits for that name. */
  readonly contextFor: (name: string) => Promise<SecureContext | undefined>
  readonly timer: Timer
  readonly log: Log
}

export interface AlpnDoor {
  /** `0.0.0.0:443`, with the port that was given. */
  readonly address: string
  close(): Promise<void>
}

const maxConnections = 64
/** Milliseconds for a handshake. */
const handshakeMs = 10_000

export async function openAlpnDoor(options: AlpnDoorOptions): Promise<AlpnDoor> {
  const { log } = options
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    open.add(socket)
    const callOff = options.timer.after(handshakeMs, () => socket.destroy())
    socket.once("close", () => {
      callOff()
      open.delete(socket)
    })
    shake(socket, options.contextFor, log)
  })
  server.maxConnections = maxConnections
  const address = await listening(server, options.listen)
  server.on("error", error => log.event("door.failed", { door: own("acme-tls"), error: failure(error) }))
  log.event("door.listening", { door: own("acme-tls"), address: own(address) })
  return {
    address,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

function shake(socket: Socket, contextFor: AlpnDoorOptions["contextFor"], log: Log): void {
  const gone = (): void => void socket.destroy()
  socket.on("error", gone)
  const secure = new TLSSocket(socket, {
    isServer: true,
    ALPNProtocols: [alpnProtocol],
    SNICallback(name, answer) {
      contextFor(name).then(
        context => (context === undefined ? gone() : answer(null, context)),
        (error: unknown) => {
          log.event("door.failed", { door: own("acme-tls"), error: failure(error) })
          gone()
        },
      )
    },
  })
  secure.on("error", gone)
  // RFC 8737 §3: when the handshake is done, all is said.
  secure.once("secure", () => secure.end())
}

function listening(server: Server, listen: AlpnDoorOptions["listen"]): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(listen, () => {
      server.off("error", reject)
      const bound = server.address()
      if (bound === null || typeof bound === "string") return reject(new Error("no address to listen on"))
      resolve(`${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`)
    })
  })
}
