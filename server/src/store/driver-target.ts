import { PostgresSocket } from "./wire/postgres-socket.ts"

/** Where the database is: a socket of our own, or a URL that the operator gave. */
export type Whereabouts =
  | { readonly kind: "own"; readonly socket: string; readonly user: string; readonly database: string }
  | {
      readonly kind: "given"
      readonly url: string
      /** Taken by each connection at its start, where it is not the user's own. */
      readonly role?: string
    }

type Connect = { readonly path: string } | { readonly host: string; readonly port: number }

export interface DriverTarget {
  readonly url: string
  readonly options: { readonly path?: string; readonly user?: string; readonly database?: string }
  /** Where sockets are ours to make and lend; not under TLS, nor among several hosts. */
  readonly connect: Connect | undefined
}

const defaultPort = 5432

/** What the driver is told. */
export function driverTarget(where: Whereabouts): DriverTarget {
  if (where.kind === "own") {
    const { socket, user, database } = where
    return { url: "postgres://", options: { path: socket, user, database }, connect: { path: socket } }
  }
  const url = new URL(where.url)
  const plain = !url.searchParams.has("ssl") && ["disable", null].includes(url.searchParams.get("sslmode"))
  const folder = url.searchParams.get("host")
  const port = url.port === "" ? defaultPort : Number(url.port)
  if (folder?.startsWith("/") === true) {
    // As libpq has it, `?host=/folder` names the folder of a socket: the driver knows only hosts.
    url.searchParams.delete("host")
    const path = `${folder}/.s.PGSQL.${port}`
    return { url: url.href, options: { path }, connect: plain ? { path } : undefined }
  }
  const single = url.hostname !== "" && !url.host.includes(",")
  const host = url.hostname.replace(/^\[|\]$/g, "")
  return { url: where.url, options: {}, connect: plain && single ? { host, port } : undefined }
}

/**
 * Makes the driver's sockets, and finds the one that a query went through by the server process that answered.
 * `onClose` tells the process whose socket is gone; 0 where it never said.
 */
export function createLender(
  connect: Connect,
  hooks: { readonly onError: () => void; readonly onClose: (serverPid: number) => void },
) {
  const sockets = new Set<PostgresSocket>()
  return {
    open(): PostgresSocket {
      const socket = new PostgresSocket()
      sockets.add(socket)
      socket.once("error", hooks.onError)
      socket.once("close", () => {
        sockets.delete(socket)
        hooks.onClose(socket.serverPid)
      })
      // Not awaited: the driver listens for its errors from now on, and its words wait until it is connected.
      return socket.open(connect)
    },
    find(serverPid: number): PostgresSocket | undefined {
      for (const socket of sockets) if (socket.serverPid === serverPid && !socket.destroyed) return socket
      return undefined
    },
  }
}
