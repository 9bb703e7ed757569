/**
 * The control door's wire: frames over a Unix socket.
 *
 *   frame = length kind payload      ; length: uint32, big-endian, counts kind and payload
 *   kind  = "j" / "b"                ; JSON text in UTF-8, or bytes of a stream
 *
 * A client sends one request frame (JSON) and reads frames until one of kind `done` or `failed`.
 */

/** A request is at most this long, and so is a piece of a stream. */
export const frameLimit = 1024 * 1024
/** The last word of a long list may be longer: the client trusts the server that it asked. */
export const answerLimit = 64 * 1024 * 1024

export type Frame =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "bytes"; readonly bytes: Buffer }

export interface ControlRequest {
  readonly command: string
  readonly arguments: Readonly<Record<string, unknown>>
}

export type ControlAnswer =
  /** A line for a person about work under way. */
  | { readonly kind: "progress"; readonly text: string }
  /** The end: `text` for a person, `value` for a program. */
  | { readonly kind: "done"; readonly text: string; readonly value: unknown }
  | { readonly kind: "failed"; readonly message: string }

export function encodeJson(value: unknown): Buffer {
  return encode("j", Buffer.from(JSON.stringify(value)), answerLimit)
}

export function encodeBytes(bytes: Uint8Array): Buffer {
  return encode("b", bytes, frameLimit)
}

function encode(kind: "j" | "b", payload: Uint8Array, limit: number): Buffer {
  if (payload.length + 1 > limit) throw new RangeError("a frame is too long")
  const frame = Buffer.allocUnsafe(5 + payload.length)
  frame.writeUInt32BE(payload.length + 1, 0)
  frame[4] = kind.charCodeAt(0)
  frame.set(payload, 5)
  return frame
}

export class FrameError extends Error {
  override readonly name = "FrameError"
  readonly temporary = false
}

/** Cuts a stream of bytes into frames, however it was split on the way. */
export function createFrameReader(limit: number = frameLimit): (chunk: Uint8Array) => Frame[] {
  let held: Buffer = Buffer.alloc(0)
  return chunk => {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
    const frames: Frame[] = []
    while (held.length >= 5) {
      const length = held.readUInt32BE(0)
      if (length < 1 || length > limit) throw new FrameError("a frame's length is out of bounds")
      if (held.length < 4 + length) break
      frames.push(decode(held.subarray(4, 4 + length)))
      held = held.subarray(4 + length)
    }
    return frames
  }
}

function decode(content: Buffer): Frame {
  const payload = content.subarray(1)
  switch (String.fromCharCode(content[0] ?? 0)) {
    case "b":
      return { kind: "bytes", bytes: payload }
    case "j":
      try {
        return { kind: "json", value: JSON.parse(payload.toString("utf8")) }
      } catch (cause) {
        throw new FrameError("a frame is not JSON", { cause })
      }
    default:
      throw new FrameError("a frame of unknown kind")
  }
}
