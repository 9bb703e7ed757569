/** The rounds of load, one side after the other in each, so that what disturbs one disturbs the others too. */
import type { Generator } from "./generator.ts"
import { RECIPIENTS } from "./load-protocol.ts"
import { type Measured, measure } from "./measure.ts"
import type { Side } from "./side.ts"

export const CONNECTIONS = 40
export const PER_SESSION = 50

export interface SideRounds {
  readonly name: string
  /** One message to each recipient, the first of its life. */
  readonly first: Measured
  readonly later: readonly Measured[]
}

/** The first round warms up, and is told apart. Throws where a message is missing at the end. */
export async function inTurns(
  plan: { readonly messages: number; readonly rounds: number },
  sides: readonly Side[],
  generator: Generator,
  screened: boolean,
): Promise<readonly SideRounds[]> {
  const results = sides.map(side => ({
    name: side.name,
    side,
    sent: 0,
    first: [] as Measured[],
    later: [] as Measured[],
  }))
  for (let round = 0; round <= plan.rounds; round++) {
    for (const result of results) {
      const count = round === 0 ? RECIPIENTS : plan.messages
      const order = { count, connections: CONNECTIONS, perSession: PER_SESSION, shift: round * 37 }
      const measured = await measure(result.side, generator, order, result.sent)
      result.sent += count
      if (round > 0) result.later.push(measured)
      else result.first.push(measured)
      if (round === 0 && screened) await result.side.checkScreened()
    }
  }
  for (const { side, sent } of results) {
    const count = await side.count()
    if (count !== sent) throw new Error(`${side.name}: ${sent} were sent, ${count} are there`)
  }
  return results.flatMap(({ name, first: [first], later }) =>
    first === undefined ? [] : [{ name, first, later }],
  )
}
