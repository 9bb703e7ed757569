import { HungUpError } from "../../fixtures/byte-peer.ts"
import { type House, houseDomain } from "../../fixtures/house.ts"
import { makeMessage, type Shape } from "../../fixtures/mail/messages.ts"
import { type Seeded, seeded } from "../../fixtures/mail/seeded.ts"
import type { SmtpClient } from "../../fixtures/smtp-client.ts"
import type { SentLog } from "./sent-log.ts"

/** Sends letters to the people of one house, load after load, and writes down what it was told. */
export interface Loader {
  /**
   * Delivers over several connections until the strike, and resolves when it is over and all connections have ended.
   * A letter whose answer was lost is sent again by the next load, as a real sender would.
   */
  run(plan: LoadPlan): Promise<void>
}

export interface LoadPlan {
  readonly connections: number
  /** Answers, over all connections, at which to strike. */
  readonly answers: number
  readonly seed: number
  strike(): Promise<void>
}

interface Letter {
  readonly id: string
  readonly message: Buffer
  readonly to: readonly string[]
  readonly eightBit: boolean
}

/** Small and middling ones, and the kinds that are hardest to keep as they are. */
const shapes: readonly Shape[] = ["plain", "eight-bit", "From lines", "lone dots", "attachment", "odd bytes"]
const sender = "x@far.example"

export function createLoader(house: House<string>, log: SentLog): Loader {
  const addresses = Object.values(house.people).map(person => person.address)
  const unsettled: Letter[] = []
  let serial = 0

  function write(chance: Seeded): Letter {
    serial += 1
    const id = `trial${serial}x`
    const first = chance.below(addresses.length)
    const to = Array.from(
      { length: 1 + chance.below(addresses.length) },
      (_, at) => addresses[(first + at) % addresses.length] ?? `postmaster@${houseDomain}`,
    )
    const { bytes, eightBit } = makeMessage(
      chance.pick(shapes),
      { from: sender, to: to.join(">, <"), token: id },
      serial,
    )
    return { id, message: bytes, to, eightBit }
  }

  async function deliver(client: SmtpClient, letter: Letter, struck: () => boolean): Promise<void> {
    const { id, message, to } = letter
    const mailParameters = letter.eightBit ? " BODY=8BITMIME" : ""
    log.tried(id, message, to)
    unsettled.push(letter)
    const answers = await client.deliver({ from: sender, to, message, mailParameters })
    const yes = answers.end?.code === 250
    if (yes && answers.recipients.some(reply => reply.code !== 250)) {
      throw new Error(`${id} was taken for some of its recipients only`)
    }
    // a database that dies in the middle of a commit takes the answer with it: "try again" may then mean kept
    if (!yes && (answers.end === undefined || !struck())) log.refused(id)
    if (!yes) return
    log.accepted(id)
    unsettled.splice(unsettled.indexOf(letter), 1)
  }

  return {
    async run(plan) {
      const chance = seeded(plan.seed)
      const again = unsettled.splice(0)
      let answers = 0
      let striking: Promise<void> | undefined
      const work = async () => {
        const client = await house.smtp()
        try {
          while (striking === undefined) {
            await deliver(client, again.pop() ?? write(chance), () => striking !== undefined)
            answers += 1
            if (answers >= plan.answers) striking ??= plan.strike()
          }
        } finally {
          client.close()
        }
      }
      const ends = await Promise.allSettled(Array.from({ length: plan.connections }, work))
      // where all connections were lost before, the strike comes now: the trial goes on
      striking ??= plan.strike()
      await striking
      unsettled.push(...again)
      for (const end of ends) if (end.status === "rejected" && !isHangUp(end.reason)) throw end.reason
    },
  }
}

function isHangUp(error: unknown): boolean {
  if (error instanceof HungUpError) return true
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "ECONNRESET" || code === "EPIPE" || code === "ECONNREFUSED"
}
