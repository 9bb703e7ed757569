/**
 * The operator's door: a Unix socket in the data folder, for whoever owns that folder and nobody else.
 * `./letterkeep` is its client. One request a connection.
 */
import { chmod, rm } from "node:fs/promises"
import { createServer, type Server, type Socket } from "node:net"
import { failure, type Log, own } from "../../ports/log.ts"
import { type ControlCall, type ControlCommand, ControlError } from "./command.ts"
import {
  type ControlAnswer,
  type ControlRequest,
  createFrameReader,
  encodeBytes,
  encodeJson,
  FrameError,
} from "./frames.ts"
import { claimSocketFolder } from "./socket-folder.ts"

export { type ControlCommand, ControlError, type ControlResult, command } from "./command.ts"
export * from "./commands/index.ts"
export { SocketFolderError } from "./socket-folder.ts"

export interface ControlDoor {
  close(): Promise<void>
}

/** A client has this long to send its request. */
const requestMs = 30_000
/** It may leave an answer unread for this long: a person may look at it through a pager. */
const unreadMs = 600_000
const connectionLimit = 64

export async function openControlDoor(options: {
  readonly path: string
  readonly commands: readonly ControlCommand[]
  readonly log: Log
}): Promise<ControlDoor> {
  const { path, log } = options
  const commands = new Map(options.commands.map(each => [each.name, each]))
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
    void serve(socket, commands, log)
  })
  server.maxConnections = connectionLimit
  await claimSocketFolder(path)
  // Whoever holds the data folder's lock owns this name; what lies there was left by a server that was killed.
  await rm(path, { force: true })
  await listen(server, path)
  await chmod(path, 0o600)
  log.event("door.listening", { door: own("control"), address: own(path) })
  return {
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    // The folder is 0700 and the socket 0600 as soon as it can be: nobody else gets in between.
    server.listen(path, () => {
      server.off("error", reject)
      resolve()
    })
  })
}

async function serve(socket: Socket, commands: ReadonlyMap<string, ControlCommand>, log: Log): Promise<void> {
  const gone = new AbortController()
  socket.once("close", () => gone.abort())
  socket.on("error", () => gone.abort())
  socket.setTimeout(requestMs, () => {
    if (socket.writableNeedDrain || !asked) socket.destroy()
  })
  let asked = false
  try {
    const request = await readRequest(socket)
    asked = true
    socket.setTimeout(unreadMs)
    const answer = await run(request, commands, callOn(socket, gone.signal))
    socket.end(encodeJson(answer))
  } catch (error) {
    if (!(error instanceof ControlError) && !(error instanceof FrameError) && !gone.signal.aborted)
      log.event("task.failed", { task: own("control"), error: failure(error) })
    const message =
      error instanceof ControlError || error instanceof FrameError
        ? error.message
        : "something went wrong inside the server; its log says what"
    if (socket.writable) socket.end(encodeJson({ kind: "failed", message } satisfies ControlAnswer))
  }
}

async function run(
  request: ControlRequest,
  commands: ReadonlyMap<string, ControlCommand>,
  call: ControlCall,
): Promise<ControlAnswer> {
  const found = commands.get(request.command)
  if (found === undefined)
    throw new ControlError(`this server does not know "${request.command}": is it of another version?`)
  const { text, value } = await found.run(request.arguments, call)
  return { kind: "done", text, value }
}

function callOn(socket: Socket, signal: AbortSignal): ControlCall {
  return {
    signal,
    progress(text) {
      if (socket.writable) socket.write(encodeJson({ kind: "progress", text } satisfies ControlAnswer))
    },
    async bytes(chunk) {
      signal.throwIfAborted()
      if (socket.write(encodeBytes(chunk))) return
      await new Promise<void>((resolve, reject) => {
        const settle = (): void => {
          socket.off("drain", settle)
          signal.removeEventListener("abort", settle)
          if (signal.aborted) reject(new ControlError("the client has gone"))
          else resolve()
        }
        socket.once("drain", settle)
        signal.addEventListener("abort", settle, { once: true })
      })
    },
  }
}

async function readRequest(socket: Socket): Promise<ControlRequest> {
  const read = createFrameReader()
  return await new Promise<ControlRequest>((resolve, reject) => {
    socket.once("close", () => reject(new ControlError("the client has gone")))
    socket.on("data", (chunk: Buffer) => {
      try {
        const [frame] = read(chunk)
        if (frame === undefined) return
        if (frame.kind === "json" && isRequest(frame.value)) resolve(frame.value)
        else reject(new FrameError("a request is an object with a command and its arguments"))
      } catch (error) {
        reject(error)
      }
    })
  })
}

function isRequest(value: unknown): value is ControlRequest {
  return (
    typeof value === "object" &&
    value !== null &&
    "command" in value &&
    typeof value.command === "string" &&
    "arguments" in value &&
    typeof value.arguments === "object" &&
    value.arguments !== null
  )
}
