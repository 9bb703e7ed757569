import { lstatSync } from "node:fs"
import { connect } from "node:net"
import { dirname } from "node:path"
import {
  type ControlAnswer,
  type ControlRequest,
  createFrameReader,
  encodeJson,
} from "../doors/control/frames.ts"
import { controlSocketPath } from "../doors/control/socket-path.ts"
import { UsageError } from "./usage-error.ts"

export interface AnswerSink {
  progress(text: string): void
  bytes(chunk: Uint8Array): void
}

/** Asks the server that runs on this data folder; resolves with its last word. */
export async function ask(
  dataFolder: string,
  request: ControlRequest,
  sink: AnswerSink,
): Promise<ControlAnswer> {
  const path = controlSocketPath(dataFolder)
  if (!isOurs(dirname(path)))
    throw new UsageError(
      `no server of yours runs on ${dataFolder}. Start it with: ./letterkeep serve --data ${dataFolder}`,
    )
  return await new Promise((resolve, reject) => {
    const socket = connect(path)
    const read = createFrameReader()
    socket.on("connect", () => socket.write(encodeJson(request)))
    socket.on("data", (chunk: Buffer) => {
      for (const frame of read(chunk)) {
        if (frame.kind === "bytes") {
          sink.bytes(frame.bytes)
          continue
        }
        // The server is ours and of this version: its answers have this shape.
        const answer = frame.value as ControlAnswer
        if (answer.kind === "progress") sink.progress(answer.text)
        else resolve(answer)
      }
    })
    socket.on("error", cause =>
      reject(
        new UsageError(
          `no server answers on ${dataFolder}. Start it with: ./letterkeep serve --data ${dataFolder}`,
          { cause },
        ),
      ),
    )
    socket.on("close", () =>
      reject(new UsageError("the server went away before it had answered; its log says why")),
    )
  })
}

/** A folder that somebody else could have put there is not asked for anything: it would see passwords. */
function isOurs(folder: string): boolean {
  try {
    const found = lstatSync(folder)
    const user = process.getuid?.()
    return found.isDirectory() && (user === undefined || user === 0 || found.uid === user)
  } catch {
    return false
  }
}
