import { fail } from "node:assert/strict"
import { HungUpError } from "../../fixtures/byte-peer.ts"
import { makeMessage, type Shape } from "../../fixtures/mail/messages.ts"
import { type Seeded, seeded } from "../../fixtures/mail/seeded.ts"
import type { SmtpClient } from "../../fixtures/smtp-client.ts"
import type { SentLog } from "./sent-log.ts"

/** Sends letters, load after load, and writes down what it was told. */
export interface Loader {
  /**
   * Delivers over several connections until the strike, and resolves when it is over and all connections have ended.
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

/** Where the letters go in. */
export interface Way {
  /** A connection that may send, greeted, and what its letters say they come from. */
  connect(): Promise<{ readonly client: SmtpClient; readonly sender: string }>
  /** Of whom each letter goes to one or more. */
  readonly addresses: readonly string[]
  /** Of each letter at most. */
  readonly recipients: number
  /** A letter whose answer was lost is sent again by the next load, as a real sender would. */
  readonly resends: boolean
}

interface Letter {
  readonly id: string
  readonly message: Buffer
  readonly to: readonly string[]
  readonly eightBit: boolean
}

/** Small and middling ones, and the kinds that are hardest to keep as they are. */
const shapes: readonly Shape[] = ["plain", "eight-bit", "From lines", "lone dots", "attachment", "odd bytes"]

export function createLoader({ addresses, recipients, resends, connect }: Way, log: SentLog): Loader {
  const unsettled: Letter[] = []
  let serial = 0

  function write(chance: Seeded, sender: string): Letter {
    serial += 1
    const id = `trial${serial}x`
    const first = chance.below(addresses.length)
    const to = Array.from(
      { length: 1 + chance.below(recipients) },
      (_, at) => addresses[(first + at) % addresses.length] ?? fail("nobody to write to"),
    )
    const { bytes, eightBit } = makeMessage(
      chance.pick(shapes),
      { from: sender, to: to.join(">, <"), token: id },
      serial,
    )
    return { id, message: bytes, to, eightBit }
  }

  async function deliver(
    client: SmtpClient,
    sender: string,
    letter: Letter,
    struck: () => boolean,
  ): Promise<void> {
    const { id, message, to } = letter
    const mailParameters = letter.eightBit ? " BODY=8BITMIME" : ""
    log.tried(id, message, to)
    if (resends) unsettled.push(letter)
    const answers = await client.deliver({ from: sender, to, message, mailParameters })
    const yes = answers.end?.code === 250
    if (yes && answers.recipients.some(reply => reply.code !== 250)) {
      throw new Error(`${id} was taken for some of its recipients only`)
    }
    // a database that dies in the middle of a commit takes the answer with it: "try again" may then mean kept
    if (!yes && (answers.end === undefined || !struck())) log.refused(id)
    if (!yes) return
    log.accepted(id)
    if (resends) unsettled.splice(unsettled.indexOf(letter), 1)
  }

  return {
    async run(plan) {
      const chance = seeded(plan.seed)
      const again = unsettled.splice(0)
      let answers = 0
      let striking: Promise<void> | undefined
      const work = async () => {
        const { client, sender } = await connect()
        try {
          while (striking === undefined) {
            const letter = again.pop() ?? write(chance, sender)
            await deliver(client, sender, letter, () => striking !== undefined)
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
