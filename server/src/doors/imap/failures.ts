/** What becomes of an error: the words of the door for it. */
import { failed, unavailable } from "./answers.ts"
import { GoneError } from "./gone-error.ts"
import { type Answer, BrokenLiteralError } from "./handler.ts"
import { LostError } from "./hearing.ts"

/** These end the connection: no answer can follow them. */
export function endsConnection(error: unknown): boolean {
  return error instanceof GoneError || error instanceof LostError || error instanceof BrokenLiteralError
}

/** Of a command: whether it is worth to try it again. */
export function answerToError(error: unknown): Answer {
  const isTemporary = error instanceof Error && "temporary" in error && error.temporary === true
  return isTemporary ? unavailable : failed
}
