/**
 * The open mailbox: SELECT and EXAMINE, and the commands that need a mailbox to be open (RFC 9051 §6.4); and APPEND,
 * which brings messages as REPLACE does. See handler.ts for what the connection promises and asks.
 */
import type { Selecting } from "../handler.ts"
import { append } from "./append.ts"
import { select } from "./select.ts"
import { createTurns } from "./turns.ts"

/** Messages that are held whole at once in the process, where their entries do not say where their parts lie. */
const wholeMessages = 1

export function createSelecting(): Selecting {
  const turns = createTurns(wholeMessages)
  return {
    select: (visit, command, out) => select(visit, command, out, turns),
    append: (visit, command) => append(visit, command),
  }
}

export const selecting: Selecting = createSelecting()
