/** The entry of a message, made again from its body: where the one that was written on arrival has gone. */
import { scanMessage } from "@letterkeep/mime"
import type { Permit } from "../../privacy/index.ts"
import { VaultError } from "../../vaults/index.ts"
import { bodyPieces } from "../bodies/body-pieces.ts"
import { DamagedBodyError } from "../bodies/open-chunk.ts"
import { prepareEntry } from "../entry.ts"
import { opensNot } from "../opens-not.ts"
import { readOwnTrace } from "../own-trace.ts"
import type { SessionParts } from "./parts.ts"

/** Undefined where this sign-in does not open the body, or the body is damaged. Holds the message in memory. */
export async function entryOfBody(
  { store, session }: Pick<SessionParts, "store" | "session">,
  body: Buffer,
  permit: Permit<"mail.read">,
): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of bodyPieces({ store, session, account: session.account }, body))
      pieces.push(piece.open(permit))
  } catch (error) {
    const isAltered = error instanceof VaultError && error.code === "not-authentic"
    if (opensNot(error) || isAltered || error instanceof DamagedBodyError) return undefined
    throw error
  }
  const whole = Buffer.concat(pieces)
  const { traceBytes, screening } = readOwnTrace(whole)
  return prepareEntry(scanMessage(whole.subarray(traceBytes)))(traceBytes, screening)
}
