/** The sides filled alike, then one kind of work after another, the sides in turns. */
import { settle } from "../imap/settle.ts"
import type { ImapSide } from "../imap/side.ts"
import type { Client } from "../imap/start-client.ts"
import type { BodyCorpus } from "./bodies.ts"
import { type Measured, measure } from "./measure.ts"
import type { Work } from "./works.ts"

const mailbox = "Bench"
const perAppend = 50

const whereOf = ({ port, user, password }: ImapSide) => ({ port, user, password, mailbox })

/** Appends the corpus, waits until the side is at rest, and compares what comes back. */
export async function fill(side: ImapSide, client: Client, corpus: BodyCorpus): Promise<void> {
  const { port, user, password } = side
  const where = { port, user, password }
  await client.run({ kind: "once", where, fresh: false, commands: [`CREATE ${mailbox}`] })
  await client.run({ kind: "fill", where, mailbox, corpus, perCommand: perAppend })
  await settle(side, whereOf(side))
  await check(side, client, corpus)
}

/** What the measurements will ask for comes as it was appended. */
async function check(side: ImapSide, client: Client, corpus: BodyCorpus): Promise<void> {
  const commands = corpus.ends.map((_, no) => `UID FETCH ${no + 1} BODY.PEEK[]`)
  const { answers } = await client.run({ kind: "once", where: whereOf(side), fresh: false, commands })
  for (const [no, answer] of answers.entries()) {
    const message = corpus.message(no)
    if (!answer.includes(`{${message.length}}\r\n${message.toString("latin1")}`))
      throw new Error(`${side.name}: message ${no + 1} is not as it was appended: ${answer.slice(0, 200)}`)
  }
}

export interface SideResults {
  readonly name: string
  readonly of: ReadonlyMap<string, readonly Measured[]>
}

export async function inTurns(
  sides: readonly ImapSide[],
  client: Client,
  works: readonly Work[],
  plan: { readonly rounds: number; readonly seconds: number },
): Promise<readonly SideResults[]> {
  const results = sides.map(side => ({ name: side.name, of: new Map<string, Measured[]>() }))
  for (const work of works) {
    // the first round warms up and does not count
    for (let round = 0; round <= plan.rounds; round += 1) {
      for (const [at, side] of sides.entries()) {
        const seconds = round === 0 ? 1 : plan.seconds
        const measured = await measure(side, client, whereOf(side), work, seconds)
        if (round > 0) {
          const found = results[at]?.of
          found?.set(work.name, [...(found.get(work.name) ?? []), measured])
        }
      }
    }
  }
  return results
}
