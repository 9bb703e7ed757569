/**
 * The courier: takes from the queue what is due, has it handed over, and settles what came of it. Each node that works
 * has one; the leases of the queue see to it that a mail is in one hand at a time. Couriers watch one another, so that what
 * a dead one had in hand does not wait for long.
 *
 * Promises: what was claimed is settled, given back, or claimed anew when its lease is over; what others have by now is
 * settled before anything more is claimed, however long the database was away; a sender hears of a failure in the
 * transaction that gives the recipient up, and of none that was undone.
 */
import { setImmediate as nextTurn } from "node:timers/promises"
import { failure, type Log, own } from "../../ports/log.ts"
import type { Timer } from "../../ports/timer.ts"
import type { Claimed, Tried } from "../contract.ts"
import type { HandOver } from "../hand-over/index.ts"
import type { Damaged } from "../queue/claim.ts"
import type { Queue } from "../queue/open-queue.ts"
import { createInHand, type InHand } from "./in-hand.ts"
import type { PutHere } from "./put-here.ts"
import { createSureSettling } from "./settle-surely.ts"
import type { Settler } from "./settler.ts"
import { createWatch } from "./watch.ts"

export interface Courier {
  /** Claims nothing more, finishes what is under way for so long, and gives the rest back. */
  close(): Promise<void>
}

export interface CourierParts {
  readonly queue: Pick<Queue, "claim" | "listen" | "nextDueIn" | "renew" | "giveBack" | "tick">
  readonly handOver: HandOver
  /** See put-here.ts. */
  readonly putHere: PutHere
  readonly settler: Settler
  /** See set-aside.ts. */
  readonly setAside: (damaged: Damaged) => Promise<void>
  readonly timer: Timer
  readonly log: Log
}

/** Messages of one claim. */
const atOnce = 200
/** Of one destination in one claim: what its connections can soon take. */
const ofOne = 50
/** Octets of texts, of all messages in hand, that are read with their claims. */
const readAheadBytes = 16 * 1024 * 1024
/** While something is in hand claims are so far apart: each is then worth its transaction. */
const betweenMs = 40
export const leaseMs = 5 * 60_000
const renewMs = 60_000
/** How long nothing is looked at where the queue cannot be read. */
const troubleMs = 5_000
/** The queue is looked at so often at least: news may have been missed. */
const longestRestMs = 60_000
/**
 * What is under way may finish for so long when the server stops: a far side that has the whole text may take its time
 * to say so, and would be sent it again.
 */
const finishMs = 25_000

export async function startCourier(parts: CourierParts): Promise<Courier> {
  const { queue, handOver, putHere, settler, timer, log } = parts
  const inHand = createInHand()
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

  const settling = createSureSettling({ settler, timer, trouble })

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

  const giveBackAll = async (mail: Claimed): Promise<void> => {
    untried.push(mail)
    await giveBack().catch(error => trouble("give a message back", error))
  }
  const handOverTo = async (
    mail: Claimed,
    recipients: Claimed["recipients"],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, Tried>> => {
    if (recipients.length === 0) return new Map()
    return await handOver.handOver(recipients === mail.recipients ? mail : { ...mail, recipients }, signal)
  }
  const deliver = async (mail: Claimed, signal: AbortSignal): Promise<void> => {
    try {
      if (signal.aborted) {
        await giveBackAll(mail)
        return
      }
      const done = await putHere.put(mail, signal)
      if (done === undefined) {
        await giveBackAll(mail)
        return
      }
      const { tried: here, elsewhere } = done
      const there = await handOverTo(mail, elsewhere, signal)
      const tried = here.size === 0 ? there : new Map([...here, ...there])
      const recipients = elsewhere.filter(({ no }) => !tried.has(no))
      if (recipients.length > 0) untried.push({ ...mail, recipients })
      if (tried.size > 0) await settling.settle(mail, tried)
      if (recipients.length > 0) await giveBack()
    } catch (error) {
      // Its lease ends, and somebody claims it again.
      trouble("deliver a message", error)
    }
  }

  /** Resolves to the milliseconds to rest; 0: there is more to take. */
  const round = async (): Promise<number> => {
    await giveBack()
    // What is for people here is brought, too, and has not come to the way out.
    const room = handOver.room() - putHere.held()
    isHeldBack = between !== undefined && inHand.size > 0
    if (room <= 0 || isHeldBack || settling.isBehind()) return longestRestMs
    const { claimed, damaged, more } = await queue.claim({
      limit: Math.min(room, atOnce),
      each: ofOne,
      leaseMs,
      readAhead: Math.max(0, readAheadBytes - inHand.bytes),
      busy: fullOnes([...handOver.full(), ...putHere.full()], inHand),
    })
    for (const mail of claimed) {
      const begin = (signal: AbortSignal): Promise<void> => deliver(mail, signal)
      inHand.take(mail, { begin, giveBack: () => giveBackAll(mail) }, rouse)
    }
    for (const one of damaged) await parts.setAside(one)
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

  let callOffRenewal = (): void => undefined
  /** What was lost meanwhile is somebody else's. */
  const renew = async (): Promise<void> => {
    let nextMs = renewMs
    try {
      const claims = inHand.claims()
      if (claims.length > 0) inHand.withdraw(await queue.renew(claims, leaseMs))
    } catch (error) {
      nextMs = troubleMs
      trouble("renew leases", error)
    }
    if (!isOver) renewIn(nextMs)
  }
  const renewIn = (ms: number): void => {
    callOffRenewal = timer.after(ms, () => void renew())
  }
  let isOver = false
  renewIn(renewMs)
  const stopListening = await queue.listen(rouse)
  const running = run()

  return {
    async close() {
      leaving.abort()
      settling.hurry()
      between?.()
      wake()
      await stopListening()
      handOver.close()
      await running
      inHand.withdraw(inHand.claims())
      const late = Promise.withResolvers<void>()
      const callOff = timer.after(finishMs, late.resolve)
      await Promise.race([inHand.over(), late.promise])
      callOff()
      settling.end()
      isOver = true
      callOffRenewal()
      await settler.idle()
      await watch.stop()
    },
  }
}

/** The destinations that have enough here, as the queue calls them. */
function fullOnes(full: readonly string[], inHand: InHand): readonly string[] {
  const domains = new Set(full)
  if (domains.size === 0) return []
  const destinations = new Set<string>()
  for (const { domain, destination } of inHand.claims())
    if (domains.has(domain)) destinations.add(destination)
  return [...destinations]
}
