import { once } from "node:events"
import { lstatSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { dirname } from "node:path"
import {
  answerLimit,
  type ControlAnswer,
  type ControlRequest,
  createFrameReader,
  encodeJson,
} from "../doors/control/frames.ts"
import { controlSocketPath, isTrustedSocketFolder } from "../doors/control/socket-path.ts"
import { UsageError } from "./usage-error.ts"

export interface AnswerSink {
  progress(text: string): void
  /** No more is read from the server until it resolves: what the reader does not take is held nowhere. */
  bytes(chunk: Uint8Array): Promise<void>
}

/** Asks the server that runs on this data folder; resolves with its last word. */
export async function ask(
  dataFolder: string,
  request: ControlRequest,
  sink: AnswerSink,
): Promise<ControlAnswer> {
  const path = controlSocketPath(dataFolder)
  const start = `Start it with: ./letterkeep serve --data ${dataFolder}`
  if (!isOurs(dirname(path))) throw new UsageError(`no server of yours runs on ${dataFolder}. ${start}`)
  const socket = await open(path).catch(cause => {
    throw new UsageError(`no server answers on ${dataFolder}. ${start}`, { cause })
  })
  socket.write(encodeJson(request))
  const read = createFrameReader(answerLimit)
  try {
    // Leaving the loop destroys the socket.
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (const frame of read(chunk)) {
        if (frame.kind === "bytes") {
          await sink.bytes(frame.bytes)
          continue
        }
        // The server is ours and of this version: its answers have this shape.
        const answer = frame.value as ControlAnswer
        if (answer.kind !== "progress") return answer
        sink.progress(answer.text)
      }
    }
  } catch (error) {
    if (error !== socket.errored) throw error
  }
  throw new UsageError("the server went away before it had answered; its log says why")
}

async function open(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, "connect")
  return socket
}

/** A folder that somebody else could have put there is not asked for anything: it would see passwords. */
function isOurs(folder: string): boolean {
  try {
    const found = lstatSync(folder)
    return found.isDirectory() && isTrustedSocketFolder(found, lstatSync(dirname(folder)))
  } catch {
    return false
  }
}
