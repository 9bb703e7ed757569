/**
 * The courier: takes from the queue what is due, has it handed over, and settles what came of it. Each node that works
 * has one; the leases of the queue see to it that a mail is in one hand at a time. Couriers watch one another, so that what
 * a dead one had in hand does not wait for long.
 *
 * Promises: what was claimed is settled, given back, or claimed anew when its lease is over; a sender hears of a failure
 * in the transaction that gives the recipient up, and of none that was undone.
 */
import { setImmediate as nextTurn } from "node:timers/promises"
import { failure, type Log, own } from "../../ports/log.ts"
import type { Timer } from "../../ports/timer.ts"
import type { Claimed, Tried } from "../contract.ts"
import type { HandOver } from "../hand-over/index.ts"
import type { Queue } from "../queue/open-queue.ts"
import type { Settler } from "./settler.ts"
import { createWatch } from "./watch.ts"

export interface Courier {
  /** Claims nothing more, finishes what is under way for so long, and gives the rest back. */
  close(): Promise<void>
}

export interface CourierParts {
  readonly queue: Pick<Queue, "claim" | "listen" | "nextDueIn" | "renew" | "giveBack" | "tick">
  readonly handOver: HandOver
  readonly settler: Settler
  readonly timer: Timer
  readonly log: Log
}

/** Messages of one claim. */
const atOnce = 200
/** Of one destination in one claim: what its connections can soon take. */
const ofOne = 20
/** Octets of texts, of all messages in hand, that are read with their claims. */
const readAheadBytes = 16 * 1024 * 1024
/** While there is work for all, claims are so far apart: each is then worth its transaction. */
const betweenMs = 40
export const leaseMs = 5 * 60_000
const renewMs = 60_000
/** How long nothing is looked at where the queue cannot be read. */
const troubleMs = 5_000
/** The queue is looked at so often at least: news may have been missed. */
const longestRestMs = 60_000
/** How often it is tried to settle, and the milliseconds before the second time; longer each time, all within a lease. */
const settleTries = 8
const settleWaitMs = 5_000
/** What is under way may finish for so long when the server stops. */
const finishMs = 10_000

export async function startCourier({ queue, handOver, settler, timer, log }: CourierParts): Promise<Courier> {
  const inHand = new Map<Claimed, Promise<void>>()
  let bytesInHand = 0
  /** Calls off the end of the time between two claims; undefined: it is over. */
  let between: (() => void) | undefined
  /** A claim waits for it. */
  let isHeldBack = false
  const leaving = new AbortController()
  let wake: () => void = () => undefined
  let isWoken = false
  const rouse = (): void => {
    isWoken = true
    wake()
  }
  const rest = (ms: number): Promise<void> =>
    new Promise(resolve => {
      if (isWoken || leaving.signal.aborted) {
        resolve()
        return
      }
      const callOff = timer.after(Math.max(1, Math.min(ms, longestRestMs)), () => wake())
      wake = () => {
        callOff()
        wake = () => undefined
        resolve()
      }
    })
  const trouble = (task: string, error: unknown): void =>
    log.event("task.failed", { task: own(task), error: failure(error) })

  /** Tried again where the database fails: a message that others have would be sent to them twice. */
  const settle = async (mail: Claimed, tried: ReadonlyMap<number, Tried>): Promise<void> => {
    for (let tries = 1; ; tries += 1)
      try {
        return await settler.settle(mail, tried)
      } catch (error) {
        if (tries === settleTries || leaving.signal.aborted) throw error
        await new Promise<void>(resolve => timer.after(settleWaitMs * tries, resolve))
      }
  }

  /** Claims that came to nothing: where the database is away, they wait here to be given back. */
  const untried: Claimed[] = []
  const giveBack = async (): Promise<void> => {
    const claims = untried.splice(0)
    try {
      if (claims.length > 0) await queue.giveBack(claims)
    } catch (error) {
      untried.push(...claims)
      throw error
    }
  }

  const deliver = async (mail: Claimed): Promise<void> => {
    try {
      const tried = await handOver.handOver(mail, leaving.signal)
      const recipients = mail.recipients.filter(({ no }) => !tried.has(no))
      if (recipients.length > 0) untried.push({ ...mail, recipients })
      if (tried.size > 0) await settle(mail, tried)
      if (recipients.length > 0) await giveBack()
    } catch (error) {
      // Its lease ends, and somebody claims it again.
      trouble("deliver a message", error)
    }
  }

  /** Resolves to the milliseconds to rest; 0: there is more to take. */
  const round = async (): Promise<number> => {
    await giveBack()
    const room = handOver.room()
    isHeldBack = between !== undefined && room < inHand.size
    if (room === 0 || isHeldBack) return longestRestMs
    const { claimed, more } = await queue.claim({
      limit: Math.min(room, atOnce),
      each: ofOne,
      leaseMs,
      readAhead: Math.max(0, readAheadBytes - bytesInHand),
      busy: fullOnes(handOver, inHand),
    })
    for (const mail of claimed) {
      bytesInHand += mail.size
      const work = deliver(mail).finally(() => {
        inHand.delete(mail)
        bytesInHand -= mail.size
        rouse()
      })
      inHand.set(mail, work)
    }
    between?.()
    between = timer.after(betweenMs, () => {
      between = undefined
      if (isHeldBack) rouse()
    })
    if (more && claimed.length > 0) return 0
    if (more) return longestRestMs
    return (await queue.nextDueIn()) ?? longestRestMs
  }

  const run = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      isWoken = false
      try {
        const ms = await round()
        watch.start()
        // Each message that is done rouses: those that are done together are looked after together.
        if (ms === 0) await nextTurn()
        else await rest(ms)
      } catch (error) {
        trouble("claim what is due", error)
        isWoken = false
        await rest(troubleMs)
      }
    }
  }

  const watch = createWatch({
    tick: queue.tick,
    isBusy: () => inHand.size > 0,
    onFreed: rouse,
    timer,
    trouble,
  })

  const renewing = setInterval(() => {
    if (inHand.size === 0) return
    queue.renew([...inHand.keys()], leaseMs).catch(error => trouble("renew leases", error))
  }, renewMs)
  renewing.unref()
  const stopListening = await queue.listen(rouse)
  const running = run()

  return {
    async close() {
      leaving.abort()
      between?.()
      wake()
      await stopListening()
      handOver.close()
      await running
      const late = Promise.withResolvers<void>()
      const callOff = timer.after(finishMs, late.resolve)
      await Promise.race([Promise.all(inHand.values()), late.promise])
      callOff()
      clearInterval(renewing)
      await settler.idle()
      await watch.stop()
    },
  }
}

/** The destinations that have enough here, as the queue calls them. */
function fullOnes(handOver: HandOver, inHand: ReadonlyMap<Claimed, unknown>): readonly string[] {
  const domains = new Set(handOver.full())
  if (domains.size === 0) return []
  const destinations = new Set<string>()
  for (const { domain, destination } of inHand.keys()) if (domains.has(domain)) destinations.add(destination)
  return [...destinations]
}
