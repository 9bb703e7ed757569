import { connect, type Socket } from "node:net"
import type { Egress } from "./egress.ts"

const connectMs = 5_000

/** A plain TCP connection to one of this server's own doors, `host:port`. Rejects within five seconds. */
export async function connectTo(address: string | undefined, egress: Egress): Promise<Socket> {
  const colon = address?.lastIndexOf(":") ?? -1
  if (address === undefined || colon === -1) throw new Error("this server has no such door open")
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1")
  await egress.release("own-door")
  // A door that listens on every address is reached on this machine's own.
  const near = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host
  return await new Promise((resolve, reject) => {
    const socket = connect({ host: near, port: Number(address.slice(colon + 1)), timeout: connectMs })
    const failed = (cause?: Error): void => {
      socket.destroy()
      reject(cause ?? new Error("the door did not answer in time"))
    }
    socket.once("error", failed)
    socket.once("timeout", failed)
    socket.once("connect", () => {
      socket.off("error", failed)
      socket.off("timeout", failed)
      socket.setTimeout(0)
      resolve(socket)
    })
  })
}
