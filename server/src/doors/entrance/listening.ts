import type { Server } from "node:net"

/** Resolves to `host:port` as it listens; rejects where it cannot. */
export function listening(server: Server, listen: string): Promise<string> {
  const colon = listen.lastIndexOf(":")
  const host = listen.slice(0, colon).replace(/^\[(.*)\]$/, "$1")
  const port = Number(listen.slice(colon + 1))
  if (colon < 0 || !Number.isInteger(port)) return Promise.reject(new TypeError(`not host:port: ${listen}`))
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off("error", reject)
      const bound = server.address()
      if (bound === null || typeof bound === "string") reject(new Error("no address to listen on"))
      else
        resolve(
          bound.family === "IPv6" ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`,
        )
    })
  })
}
