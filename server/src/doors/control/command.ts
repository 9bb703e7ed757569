import type { z } from "zod"

/** What went wrong, in words for the operator. Everything else that a command throws is an internal error. */
export class ControlError extends Error {
  override readonly name = "ControlError"
  readonly temporary = false
}

/** What a running command may say before its end. */
export interface ControlCall {
  /** A line for a person about work under way. */
  progress(text: string): void
  /** Bytes for the client's standard output; resolves when it can take more. At most 512 KiB. */
  bytes(chunk: Uint8Array): Promise<void>
  /** Aborted when the client has gone or the server stops. */
  readonly signal: AbortSignal
}

export interface ControlResult {
  /** For a person; may have several lines, none at the end. */
  readonly text: string
  /** The same for a program, JSON. */
  readonly value: unknown
}

export interface ControlCommand {
  readonly name: string
  run(input: unknown, call: ControlCall): Promise<ControlResult>
}

/** A command whose arguments have a shape: what does not fit it is refused before it runs. */
export function command<Shape extends z.ZodType>(
  name: string,
  shape: Shape,
  run: (input: z.output<Shape>, call: ControlCall) => Promise<ControlResult>,
): ControlCommand {
  return {
    name,
    async run(input, call) {
      const parsed = shape.safeParse(input)
      if (parsed.success) return await run(parsed.data, call)
      const issue = parsed.error.issues[0]
      throw new ControlError(
        `${issue?.path.join(".") || "the arguments"}: ${issue?.message ?? "not understood"}`,
      )
    },
  }
}
