/** IMAP reads, with the gate and without: lists and bodies. */
import path from "node:path"
import { startLetterkeepSide } from "../imap/letterkeep.ts"
import type { ImapSide } from "../imap/side.ts"
import { startClient } from "../imap/start-client.ts"
import { writeBodies } from "../imap-read/bodies.ts"
import { fill, inTurns } from "../imap-read/in-turns.ts"
import { tableOf } from "../imap-read/table.ts"
import { worksFor } from "../imap-read/works.ts"
import type { BenchTable } from "../measure/result.ts"
import type { Sort } from "./mail.ts"

const messages = 1_000
const works = ["envelopes", "bodies-1", "bodies-8", "bodies-batched"]

export async function measureReads(
  sorts: readonly Sort[],
  plan: { readonly folder: string; readonly rounds: number; readonly seconds: number },
): Promise<readonly BenchTable[]> {
  const corpus = writeBodies(path.join(plan.folder, "bodies"), messages)
  const client = await startClient()
  const sides: ImapSide[] = []
  try {
    for (const other of sorts) sides.push(await startLetterkeepSide(undefined, other))
    for (const side of sides) await fill(side, client, corpus)
    const chosen = worksFor(messages).filter(({ name }) => works.includes(name))
    const results = await inTurns(sides, client, chosen, plan)
    return chosen.map(work => tableOf(work, results))
  } catch (error) {
    for (const side of sides) console.error(`${side.name}:\n${await side.complaints()}`)
    throw error
  } finally {
    client.stop()
    for (const side of sides) await side.stop()
  }
}
