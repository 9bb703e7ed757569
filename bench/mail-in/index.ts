/**
 * Mail in: Letterkeep beside Postfix + Dovecot from Debian, the same mails from the same generator, in turns on one
 * machine, so that the ratios come from one run.
 *
 *     npm run bench -- mail-in [--messages 2000] [--rounds 3] [--settings plain,screened] [--sides both]
 *                              [--profile FOLDER] [--json]
 *
 * `plain`: no authentication on either side. `screened`: SPF, DKIM and DMARC are checked on either, by rspamd there.
 * A first pass sends one message to each of the 1,000 recipients and is told apart: it makes mailboxes and keys.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { startDnsServer } from "../../fixtures/dns-server.ts"
import { type BenchOptions, type BenchResult, type BenchTable, numberOption } from "../measure/result.ts"
import { startGenerator } from "./generator.ts"
import { CONNECTIONS, inTurns, PER_SESSION } from "./in-turns.ts"
import { startLetterkeep } from "./letterkeep.ts"
import { RECIPIENTS } from "./load-protocol.ts"
import { startPostfixDovecot } from "./postfix-dovecot.ts"
import { prepareCorpus } from "./prepare.ts"
import type { Side } from "./side.ts"
import { programsOf, tableOf } from "./table.ts"

type SideName = "letterkeep" | "postfix"

interface Plan {
  readonly messages: number
  readonly rounds: number
  readonly sides: readonly SideName[]
  readonly profile: string | undefined
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const plan: Plan = {
    messages: numberOption(options, "messages", 2_000),
    rounds: numberOption(options, "rounds", 3),
    sides:
      options.sides === "letterkeep" || options.sides === "postfix"
        ? [options.sides]
        : ["postfix", "letterkeep"],
    profile: typeof options.profile === "string" ? path.resolve(options.profile) : undefined,
  }
  const settings = typeof options.settings === "string" ? options.settings.split(",") : ["plain", "screened"]
  const tables: BenchTable[] = []
  for (const setting of settings) tables.push(...(await runSetting(plan, setting === "screened")))
  return {
    name: "mail-in",
    tables,
    notes: [
      `${CONNECTIONS} connections from as many addresses, ${PER_SESSION} pipelined messages each, ${RECIPIENTS.toLocaleString("en")} recipients; 60 % 2 KB, 30 % 20 KB, 10 % 200 KB, all signed with DKIM.`,
      `Medians of ${plan.rounds} rounds of ${plan.messages.toLocaleString("en")} messages, the sides in turns. Delivered: in the mailbox of Dovecot; durable and sealed for Letterkeep, at its 250. Counted again at the end.`,
      "CPU: process trees with children that have ended. Memory: peak proportional share (PSS) of the tree.",
    ],
  }
}

async function runSetting(plan: Plan, screened: boolean): Promise<readonly BenchTable[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "lk-bench-"))
  chmodSync(folder, 0o711)
  const prepared = await prepareCorpus(folder, plan.messages)
  const dns = await startDnsServer(prepared.zone)
  const generator = await startGenerator(prepared.descriptionFile)
  const sides: Side[] = []
  try {
    for (const name of plan.sides) {
      const resolver = screened ? dns.address : undefined
      const own = path.join(folder, name)
      mkdirSync(own, { mode: 0o711 })
      sides.push(
        name === "postfix"
          ? await startPostfixDovecot({ folder: own, port: freePort(), resolver })
          : await startLetterkeep({ resolver, profile: plan.profile }),
      )
    }
    const rounds = await inTurns(plan, sides, generator, screened)
    const title = screened ? "Authentication on (SPF, DKIM, DMARC)" : "Authentication off"
    return [tableOf(title, rounds), programsOf(title, rounds)]
  } catch (error) {
    for (const side of sides) console.error(`${side.name}:\n${await side.complaints()}`)
    throw error
  } finally {
    generator.stop()
    for (const side of sides) await side.stop()
    await dns.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Far from what systems use; the bench fails at once where somebody listens already. */
function freePort(): number {
  return 20_000 + Math.floor(Math.random() * 10_000) * 2
}
