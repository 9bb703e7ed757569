/**
 * What the gate and the ledger cost: this repository beside a copy of it with both taken out, the same mail in and the
 * same IMAP reads, in turns on one machine. Then a decision by itself, and how long the ledger's checkpoint lags
 * behind while mail comes in as fast as it goes.
 *
 *     npm run bench -- gate [--messages 2000] [--rounds 5] [--seconds 3] [--decisions 200000]
 *                           [--parts decision,mail,reads,lag] [--json]
 *
 * Ratios are of the real one to the copy: 0.97× of the rate is a cost of 3 %.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { type BenchOptions, type BenchResult, type BenchTable, numberOption } from "../measure/result.ts"
import { measureDecision } from "./decision.ts"
import { measureMail } from "./mail.ts"
import { measureReads } from "./reads.ts"
import { copyWithoutGate } from "./without-gate.ts"

const repository = path.join(import.meta.dirname, "../..")
const allParts = ["decision", "mail", "reads", "lag"] as const

export async function run(options: BenchOptions): Promise<BenchResult> {
  const messages = numberOption(options, "messages", 2_000)
  const rounds = numberOption(options, "rounds", 5)
  const seconds = numberOption(options, "seconds", 3)
  const decisions = numberOption(options, "decisions", 200_000)
  const parts = typeof options.parts === "string" ? options.parts.split(",") : allParts
  const tables: BenchTable[] = []
  if (parts.includes("decision")) tables.push(await measureDecision(decisions))
  const compared = parts.filter(part => part !== "decision")
  if (compared.length > 0) tables.push(...(await compare(compared, { messages, rounds, seconds })))
  return {
    name: "gate",
    tables,
    notes: [
      `Medians of ${rounds} rounds, the sides in turns; mail with SPF, DKIM and DMARC, so that the DNS is asked through the gate.`,
      "Taken out in the copy: permits and their checks, the release of each question to the DNS, the leave to open a socket, the ledger's events (bench/gate/without-gate.ts). One object for each personal value stays.",
    ],
  }
}

async function compare(
  parts: readonly string[],
  plan: { readonly messages: number; readonly rounds: number; readonly seconds: number },
): Promise<readonly BenchTable[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "lk-bench-"))
  chmodSync(folder, 0o711)
  const copy = await copyWithoutGate(repository)
  const sorts = [
    { name: "without gate", root: copy.root },
    { name: "Letterkeep", root: repository },
  ]
  const [mail, reads, lag] = ["mail", "reads", "lag"].map(part => parts.includes(part))
  try {
    return [
      ...(mail || lag
        ? await measureMail(sorts, { ...plan, folder, compare: mail === true, lag: lag === true })
        : []),
      ...(reads ? await measureReads(sorts, { ...plan, folder }) : []),
    ]
  } finally {
    await copy.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}
