/**
 * Mail out: Letterkeep beside Postfix from Debian, and Postfix with OpenDKIM, the same mails of 20 KB from the same
 * generator to the same sink, in turns on one machine, so that the ratios come from one run.
 *
 *     npm run bench -- mail-out [--messages 50000] [--rounds 1] [--sides both|letterkeep|postfix]
 *                               [--signed none,rsa,ed25519,both] [--profile FOLDER] [--json]
 *
 * Works: see phases.ts. As root, since Postfix changes users.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { type BenchOptions, type BenchResult, numberOption } from "../measure/result.ts"
import { startGenerator } from "./generator.ts"
import { startLetterkeep } from "./letterkeep.ts"
import { type Measured, measureWay, type Phase, type Way, warmUp } from "./phases.ts"
import { CONNECTIONS, everySigned, FAR_DOMAINS, type Side, type Signed } from "./plan.ts"
import { startPostfixSide } from "./postfix.ts"
import { startSink } from "./start-sink.ts"
import { tableOf } from "./table.ts"

/** Mails of the first pass. */
const WARM_UP = 2_000

export async function run(options: BenchOptions): Promise<BenchResult> {
  const messages = numberOption(options, "messages", 50_000)
  const rounds = numberOption(options, "rounds", 1)
  const profile = typeof options.profile === "string" ? path.resolve(options.profile) : undefined
  const wanted = signedOption(options)
  const folder = mkdtempSync(path.join(tmpdir(), "lk-bench-"))
  chmodSync(folder, 0o711)
  const sink = await startSink()
  const generator = startGenerator()
  const ground = { sink, generator }
  const sides: Side[] = []
  try {
    const own = path.join(folder, "postfix")
    mkdirSync(own, { mode: 0o711 })
    if (options.sides !== "letterkeep")
      sides.push(await startPostfixSide({ folder: own, sinkPort: sink.port }))
    if (options.sides !== "postfix") sides.push(await startLetterkeep({ sinkPort: sink.port, profile }))
    const ways = sides.flatMap(side =>
      wanted.flatMap((signed): Way[] => (side.ports[signed] === undefined ? [] : [{ side, signed }])),
    )
    const all = ways.map(way => ({ way, rounds: [] as Readonly<Record<Phase, Measured>>[] }))
    for (const way of ways) await warmUp(ground, way, WARM_UP)
    for (let round = 0; round < rounds; round++)
      for (const each of all) each.rounds.push(await measureWay(ground, each.way, messages))
    const phases: readonly Phase[] = ["in", "out", "through"]
    return {
      name: "mail-out",
      tables: phases.map(phase => tableOf(phase, all)),
      notes: [
        `Medians of ${rounds} rounds of ${messages.toLocaleString("en")} mails of 20 KB in each work, one recipient each, to ${FAR_DOMAINS} domains in turn whose servers are one sink; ${CONNECTIONS} connections in, ${CONNECTIONS} out. No TLS on either side. Counted at the sink; no mail came twice; the queues were empty in the end; the first mail's signatures were verified.`,
        "Both are durable at the 250. Letterkeep also seals what it writes, keeps each writer's copy and a history of what became of it.",
        "Signed mail is compared with OpenDKIM's RSA (2,048 bits, as ours). CPU: process trees with children that have ended.",
      ],
    }
  } catch (error) {
    for (const side of sides) console.error(`${side.name}:\n${await side.complaints()}`)
    throw error
  } finally {
    generator.stop()
    for (const side of sides) await side.stop()
    sink.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function signedOption(options: BenchOptions): readonly Signed[] {
  const words = typeof options.signed === "string" ? options.signed.split(",") : everySigned
  return words.map(word => {
    const signed = everySigned.find(one => one === word)
    if (signed === undefined) throw new RangeError(`--signed takes ${everySigned.join(", ")}`)
    return signed
  })
}
