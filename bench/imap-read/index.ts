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
import type { ImapSide } from "../imap/side.ts"
import { startClient } from "../imap/start-client.ts"
import { type BenchOptions, type BenchResult, numberOption } from "../measure/result.ts"
import { writeBodies } from "./bodies.ts"
import { fill, inTurns } from "./in-turns.ts"
import { tableOf } from "./table.ts"
import { worksFor } from "./works.ts"

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
