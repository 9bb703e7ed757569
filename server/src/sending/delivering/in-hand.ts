/**
 * What a courier has in hand: each claim, until the work on it is over.
 *
 * Promise: a recipient is in one piece of work here at a time. A lease that ran out unrenewed, since the database was
 * away or this machine slept, lets the same courier claim what it still has: that claim waits for the work before it.
 */
import type { Claimed } from "../contract.ts"

export interface InHand {
  /** Claims and their octets. */
  readonly size: number
  readonly bytes: number
  claims(): readonly Claimed[]
  /** `onOver`: when it is over, however it went. */
  take(mail: Claimed, work: Work, onOver: () => void): void
  /** What of these has not begun does not: their work hears it by its signal. */
  withdraw(claims: readonly Claimed[]): void
  /** Resolves when all that is in hand now is over. */
  over(): Promise<void>
}

/** Does not reject. */
export interface Work {
  readonly begin: (signal: AbortSignal) => Promise<void>
  /** In its place, where others here had some of its recipients: they are done, and this claim is to be given back. */
  readonly giveBack: () => Promise<void>
}

interface Held {
  readonly over: Promise<void>
  readonly withdrawal: AbortController
}

export function createInHand(): InHand {
  const held = new Map<Claimed, Held>()
  /** By recipient: the latest that has it. */
  const latest = new Map<string, Held>()
  let bytes = 0

  const start = async (mail: Claimed, work: Work, signal: AbortSignal): Promise<void> => {
    const before = new Set(keysOf(mail).flatMap(key => latest.get(key) ?? []))
    if (before.size === 0) return await work.begin(signal)
    await Promise.all([...before].map(({ over }) => over))
    await work.giveBack()
  }

  return {
    get size() {
      return held.size
    },
    get bytes() {
      return bytes
    },
    claims: () => [...held.keys()],
    take(mail, work, onOver) {
      const withdrawal = new AbortController()
      bytes += mail.size
      const over = start(mail, work, withdrawal.signal).finally(() => {
        held.delete(mail)
        for (const key of keysOf(mail)) if (latest.get(key) === one) latest.delete(key)
        bytes -= mail.size
        onOver()
      })
      const one: Held = { over, withdrawal }
      held.set(mail, one)
      for (const key of keysOf(mail)) latest.set(key, one)
    },
    withdraw(claims) {
      for (const mail of claims) held.get(mail)?.withdrawal.abort()
    },
    async over() {
      await Promise.all([...held.values()].map(({ over }) => over))
    },
  }
}

/** Names of messages are random: two accounts have none in common. */
function keysOf({ mail, recipients }: Claimed): readonly string[] {
  return recipients.map(({ no }) => `${mail}/${no}`)
}
