/**
 * Searching by IMAP in 100,000 messages: Letterkeep beside Dovecot from Debian without an index for searches, and on
 * demand with Xapian's, where Debian has it; the same mails, the same queries, and the same answers, which is checked.
 *
 *     npm run bench -- imap-search [--messages 100000] [--queries 30] [--dovecot-queries 3]
 *                                  [--sides dovecot,letterkeep] [--kinds word,word] [--profile FOLDER] [--json]
 *
 * `--sides dovecot,xapian,letterkeep` takes Xapian in: it needs 25 ms of CPU to index a message, so that 100,000 take an
 * hour; with `--messages 10000` some minutes.
 *
 * Fresh: each query is the first of a new session. Warm: all queries of a kind have been asked once before in the same
 * session.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { hasXapian, requireDovecot, startDovecotSide } from "../imap/dovecot.ts"
import { startLetterkeepSide } from "../imap/letterkeep.ts"
import { startClient } from "../imap/start-client.ts"
import { type BenchOptions, type BenchResult, numberOption } from "../measure/result.ts"
import { type Filled, fill } from "./fill.ts"
import { writeLetters } from "./letters.ts"
import { makeKinds } from "./queries.ts"
import { type Searched, search } from "./search.ts"
import { compareAnswers, fillTable, tablesOf } from "./table.ts"

type SideName = "dovecot" | "xapian" | "letterkeep"
const sideNames: readonly SideName[] = ["dovecot", "xapian", "letterkeep"]
const normally = "dovecot,letterkeep"

export interface SideResult {
  readonly name: string
  readonly filled: Filled
  readonly searched: readonly Searched[]
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const messages = numberOption(options, "messages", 100_000)
  const queries = numberOption(options, "queries", 30)
  const slowQueries = numberOption(options, "dovecot-queries", 3)
  const profile = typeof options.profile === "string" ? path.resolve(options.profile) : undefined
  const asked = sideNames.filter(name => isWanted(options.sides ?? normally, name))
  const wanted = asked.filter(name => name !== "xapian" || hasXapian())
  if (wanted.some(name => name !== "letterkeep")) requireDovecot()
  const folder = mkdtempSync(path.join(tmpdir(), "lk-bench-"))
  const client = await startClient()
  try {
    const corpus = writeLetters(path.join(folder, "corpus"), messages)
    const kinds = makeKinds(corpus, queries).filter(({ name }) => isWanted(options.kinds, name))
    const results: SideResult[] = []
    for (const name of wanted) {
      const side =
        name === "letterkeep" ? await startLetterkeepSide(profile) : await startDovecotSide(name === "xapian")
      try {
        const filled = await fill(side, client, corpus)
        const some = kinds.map(kind =>
          name === "dovecot" ? { ...kind, queries: kind.queries.slice(0, slowQueries) } : kind,
        )
        results.push({ name: side.name, filled, searched: await search(side, client, filled.where, some) })
      } catch (error) {
        console.error(`${side.name}:\n${await side.complaints()}`)
        throw error
      } finally {
        await side.stop()
      }
    }
    return {
      name: "imap-search",
      tables: [fillTable(results), ...tablesOf(results)],
      notes: [
        `${messages.toLocaleString("en")} synthetic messages of about 144 words, 60,000 different ones, in one mailbox; one after the other on the machine; plain text on loopback.`,
        `Up to ${queries} different queries of each kind (${slowQueries} for Dovecot without index); times in ms from the command to its OK. Fresh: the first of a new session. Warm: asked before in the same session.`,
        ...(asked.length > wanted.length ? ["Xapian is left out: apt-get install dovecot-fts-xapian"] : []),
        ...compareAnswers(results),
      ],
    }
  } finally {
    client.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Names behind one another with commas; without, all. */
function isWanted(option: string | boolean | undefined, name: string): boolean {
  return typeof option !== "string" || option.split(",").includes(name)
}
