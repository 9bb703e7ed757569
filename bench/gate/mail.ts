/** Mail in, screened, with the gate and without; and the ledger's lag behind it. */
import { startDnsServer } from "../../fixtures/dns-server.ts"
import { startGenerator } from "../mail-in/generator.ts"
import { CONNECTIONS, inTurns, PER_SESSION } from "../mail-in/in-turns.ts"
import { type LetterkeepSide, startLetterkeep } from "../mail-in/letterkeep.ts"
import { RECIPIENT_DOMAIN, RECIPIENTS } from "../mail-in/load-protocol.ts"
import { prepareCorpus } from "../mail-in/prepare.ts"
import { tableOf } from "../mail-in/table.ts"
import type { BenchTable } from "../measure/result.ts"
import { measureLag } from "./lag.ts"

export interface Sort {
  readonly name: string
  /** A repository. */
  readonly root: string
}

interface Plan {
  readonly folder: string
  readonly messages: number
  readonly rounds: number
  readonly compare: boolean
  readonly lag: boolean
}

/** The lag is that of the last of the sides. */
export async function measureMail(sorts: readonly Sort[], plan: Plan): Promise<readonly BenchTable[]> {
  const prepared = await prepareCorpus(plan.folder, plan.messages)
  const dns = await startDnsServer(prepared.zone)
  const generator = await startGenerator(prepared.descriptionFile)
  const sides: LetterkeepSide[] = []
  const tables: BenchTable[] = []
  try {
    for (const other of plan.compare ? sorts : sorts.slice(-1))
      sides.push(await startLetterkeep({ resolver: dns.address, profile: undefined, other }))
    if (plan.compare) tables.push(tableOf("Mail in, screened", await inTurns(plan, sides, generator, true)))
    const last = sides.at(-1)
    if (plan.lag && last !== undefined) {
      const order = {
        port: last.port,
        count: plan.messages * 2,
        connections: CONNECTIONS,
        perSession: PER_SESSION,
        shift: 0,
      }
      const until = new Date(Date.now() + 86_400_000).toISOString()
      await last.command("staff.agree", { name: by, until })
      const load = () => generator.run(order)
      tables.push(await measureLag(last.dataFolder, load, no => look(last, no)))
    }
    return tables
  } catch (error) {
    for (const side of sides) console.error(`${side.name}:\n${await side.complaints()}`)
    throw error
  } finally {
    generator.stop()
    for (const side of sides) await side.stop()
    await dns.stop()
  }
}

const by = "The bench"

/** A look of the operator's at a person, which the ledger has before it is answered. */
async function look(side: LetterkeepSide, no: number): Promise<void> {
  const address = `user${no % RECIPIENTS}@${RECIPIENT_DOMAIN}`
  await side.command("account.show", { address, by, reason: "a bench that measures the ledger" })
}
