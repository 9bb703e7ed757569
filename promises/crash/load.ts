import { type House, houseDomain } from "../../fixtures/house.ts"
import { makeMessage, type Shape } from "../../fixtures/mail/messages.ts"
import { type Seeded, seeded } from "../../fixtures/mail/seeded.ts"
import { type DeliveryAnswers, SmtpHungUpError } from "../../fixtures/smtp-client.ts"
import type { SentLog } from "./sent-log.ts"

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
let serial = 0

/**
 * Delivers over several connections until the strike, and returns when it is over and all connections have ended. A
 * message whose answer was lost is sent again by the next load, as a real sender would.
 */
export async function runLoad(house: House<string>, log: SentLog, plan: LoadPlan): Promise<void> {
  const chance = seeded(plan.seed)
  let answers = 0
  let striking: Promise<void> | undefined
  const answered = () => {
    answers += 1
    if (answers >= plan.answers) striking ??= plan.strike()
  }
  const work = async () => {
    const client = await house.smtp()
    try {
      while (striking === undefined) {
        const letter = lost.pop() ?? newLetter(house, chance)
        await deliver(
          letter,
          log,
          message => client.deliver(message),
          () => striking !== undefined,
        )
        answered()
      }
    } finally {
      client.close()
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: plan.connections }, work))
  // everything hung up on us before the strike: strike now, so that the trial goes on
  striking ??= plan.strike()
  await striking
  for (const end of ends) {
    if (end.status === "rejected" && !isHangUp(end.reason)) throw end.reason
  }
}

/** Letters whose answer did not come. */
const lost: Letter[] = []

async function deliver(
  letter: Letter,
  log: SentLog,
  hand: (delivery: {
    from: string
    to: readonly string[]
    message: Buffer
    mailParameters: string
  }) => Promise<DeliveryAnswers>,
  struck: () => boolean,
): Promise<void> {
  const { id, message, to } = letter
  log.tried(id, message, to)
  try {
    const mailParameters = letter.eightBit ? " BODY=8BITMIME" : ""
    const answers = await hand({ from: sender, to, message, mailParameters })
    if (answers.end?.code === 250 && answers.recipients.every(reply => reply.code === 250)) log.accepted(id)
    else if (answers.end?.code === 250) throw new Error(`${id} was taken for some of its recipients only`)
    else {
      // a database that dies in the middle of a commit takes the answer with it: then "try again" may mean kept
      if (answers.end === undefined || !struck()) log.refused(id)
      lost.push(letter)
    }
  } catch (error) {
    lost.push(letter)
    throw error
  }
}

function newLetter(house: House<string>, chance: Seeded): Letter {
  serial += 1
  const id = `trial${serial}x`
  const addresses = Object.values(house.people).map(person => person.address)
  const count = 1 + chance.below(addresses.length)
  const from = chance.below(addresses.length)
  const to = Array.from(
    { length: count },
    (_, at) => addresses[(from + at) % addresses.length] ?? `postmaster@${houseDomain}`,
  )
  const wish = { from: sender, to: to[0] ?? "", token: id }
  const { bytes, eightBit } = makeMessage(chance.pick(shapes), wish, serial)
  return { id, message: bytes, to, eightBit }
}

function isHangUp(error: unknown): boolean {
  if (error instanceof SmtpHungUpError) return true
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "ECONNRESET" || code === "EPIPE" || code === "ECONNREFUSED"
}
