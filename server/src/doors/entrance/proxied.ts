import type { Socket } from "node:net"
import { type ProxyEnd, readProxyHeader } from "@letterkeep/proxy-protocol"

/**
 * Waits for the PROXY header that a configured balancer must send before all else. `done` gets the peer that it
 * speaks for (undefined: the connection itself) and the bytes behind the header; anything else ends it.
 */
export function awaitProxyHeader(
  socket: Socket,
  done: (source: ProxyEnd | undefined, rest: Buffer) => void,
): void {
  let seen: Buffer = Buffer.alloc(0)
  const onData = (bytes: Buffer): void => {
    seen = seen.length === 0 ? bytes : Buffer.concat([seen, bytes])
    const read = readProxyHeader(seen)
    switch (read.kind) {
      case "more":
        return
      case "bad":
        socket.destroy()
        return
      case "local":
      case "proxied":
        socket.off("data", onData)
        done(read.kind === "proxied" ? read.source : undefined, seen.subarray(read.octets))
    }
  }
  socket.on("data", onData)
}
