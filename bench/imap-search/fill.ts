/** Brings the mails into a mailbox by MULTIAPPEND and waits until the server has done all that it does with them. */
import type { Where } from "../imap/connection.ts"
import { settle } from "../imap/settle.ts"
import type { ImapSide } from "../imap/side.ts"
import type { Client } from "../imap/start-client.ts"
import { cpuSeconds, memoryBytes, watchMemory } from "../measure/process-tree.ts"
import type { LetterCorpus } from "./letters.ts"

export interface Filled {
  readonly where: Where
  /** Messages a second until the last OK. */
  readonly rate: number
  /** Seconds from the last OK until the server rests, indexes made. */
  readonly after: number
  /** CPU seconds of the process trees for 1,000 messages, all of that work included. */
  readonly cpu: number
  /** Peak and at rest, proportional share, MB. */
  readonly peak: number
  readonly rest: number
}

const mailbox = "Bench"
const perAppend = 100

export async function fill(side: ImapSide, client: Client, corpus: LetterCorpus): Promise<Filled> {
  const pids = side.trees.map(({ pid }) => pid)
  const { port, user, password } = side
  const where = { port, user, password }
  await client.run({ kind: "once", where, fresh: false, commands: [`CREATE ${mailbox}`] })
  const memory = watchMemory(pids)
  const cpu = cpuSeconds(pids)
  const { file, ends } = corpus
  const done = await client.run({
    kind: "fill",
    where,
    mailbox,
    corpus: { file, ends },
    perCommand: perAppend,
  })
  const began = performance.now()
  await side.prepare(mailbox)
  const selected = { ...where, mailbox }
  if (!(await settle(side, selected))) throw new Error(`${side.name} found no rest after it was filled`)
  return {
    where: selected,
    rate: (ends.length / done.elapsed) * 1_000,
    after: (performance.now() - began) / 1_000,
    cpu: ((cpuSeconds(pids) - cpu) / ends.length) * 1_000,
    peak: memory.stop() / 1e6,
    rest: memoryBytes(pids) / 1e6,
  }
}
