/**
 * Reading by IMAP: Letterkeep beside Dovecot from Debian, the same 1,000 mails of 20 KB in one mailbox, the same lean
 * client, in turns on one machine, in plain text on loopback. Everything lies in the caches of the machine.
 *
 *     npm run bench -- imap-read [--messages 1000] [--seconds 3] [--rounds 3] [--sides dovecot,letterkeep]
 *                                [--works word,word] [--profile FOLDER] [--json]
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { requireDovecot, startDovecotSide } from "../imap/dovecot.ts"
import { startLetterkeepSide } from "../imap/letterkeep.ts"
import { settle } from "../imap/settle.ts"
import type { ImapSide } from "../imap/side.ts"
import { type Client, startClient } from "../imap/start-client.ts"
import { type BenchOptions, type BenchResult, numberOption } from "../measure/result.ts"
import { type BodyCorpus, writeBodies } from "./bodies.ts"
import { type Measured, measure } from "./measure.ts"
import { tableOf } from "./table.ts"
import { type Work, worksFor } from "./works.ts"

const mailbox = "Bench"
const perAppend = 50

export async function run(options: BenchOptions): Promise<BenchResult> {
  const messages = numberOption(options, "messages", 1_000)
  const seconds = numberOption(options, "seconds", 3)
  const rounds = numberOption(options, "rounds", 3)
  const works = worksFor(messages).filter(({ name }) => isWanted(options.works, name))
  const wanted = ["dovecot", "letterkeep"].filter(name => isWanted(options.sides, name))
  const profile = typeof options.profile === "string" ? path.resolve(options.profile) : undefined
  if (wanted.includes("dovecot")) requireDovecot()
  const folder = mkdtempSync(path.join(tmpdir(), "lk-bench-"))
  const corpus = writeBodies(path.join(folder, "corpus"), messages)
  const client = await startClient()
  const sides: ImapSide[] = []
  try {
    for (const name of wanted)
      sides.push(name === "dovecot" ? await startDovecotSide(false) : await startLetterkeepSide(profile))
    for (const side of sides) await fill(side, client, corpus)
    const results = await inTurns(sides, client, works, { rounds, seconds })
    return {
      name: "imap-read",
      tables: works.map(work => tableOf(work, results)),
      notes: [
        `${messages.toLocaleString("en")} messages of 20 KB in one mailbox, plain text on loopback, all in the caches; medians of ${rounds} rounds of ${seconds} s, the sides in turns.`,
        "Every answer of the first pass was compared with what was appended. CPU: process trees. Memory: peak proportional share (PSS) of the tree.",
      ],
    }
  } catch (error) {
    for (const side of sides) console.error(`${side.name}:\n${await side.complaints()}`)
    throw error
  } finally {
    client.stop()
    for (const side of sides) await side.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Names behind one another with commas; without, all. */
function isWanted(option: string | boolean | undefined, name: string): boolean {
  return typeof option !== "string" || option.split(",").includes(name)
}

const whereOf = ({ port, user, password }: ImapSide) => ({ port, user, password, mailbox })

async function fill(side: ImapSide, client: Client, corpus: BodyCorpus): Promise<void> {
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

async function inTurns(
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
