import type { Socket } from "node:net"
import { type SecureContext, TLSSocket } from "node:tls"

/** Lays TLS over a connection, after STARTTLS or from its start. What the peer sent in the clear meanwhile breaks the handshake. */
export function upgrade(plain: Socket, secureContext: SecureContext): TLSSocket {
  return new TLSSocket(plain, { isServer: true, secureContext })
}

/** For the trace field: RFC 8314 §4.3 names version and cipher suite. */
export function cipherOf(socket: TLSSocket): { version: string; cipher: string } {
  const cipher = socket.getCipher()
  return { version: socket.getProtocol() ?? "", cipher: cipher.standardName ?? cipher.name }
}
