/**
 * Carries out what the ACME client asks for, step by step: requests over the network, waits by the timer, proofs put where
 * an authority looks for them. What was put in place is taken away at the end, however that comes.
 */
import {
  dnsRecord,
  type HttpAnswer,
  type HttpRequest,
  type Proof,
  type Step,
  type Work,
} from "@letterkeep/acme"
import { failure, type Log } from "../ports/log.ts"
import type { Timer } from "../ports/timer.ts"
import type { Challenges } from "./challenges.ts"
import { HookError, hookTimeMs, type RunHook } from "./dns-hook.ts"

export interface Hands {
  readonly send: (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>
  readonly challenges: Pick<Challenges, "put" | "remove">
  readonly hook: RunHook | undefined
  readonly timer: Timer
  readonly log: Log
}

/** Milliseconds that a step may take, for whoever holds the row meanwhile. */
const stepMs = 5 * 60 * 1000

/** `onStep` is awaited before each step, with how long that may take. Rejects when `signal` is aborted. */
export async function drive<T>(
  work: Work<T>,
  hands: Hands,
  signal: AbortSignal,
  onStep: (longestMs: number) => Promise<void>,
): Promise<T> {
  const inPlace: Proof[] = []
  try {
    let next = work.next()
    while (next.done !== true) {
      signal.throwIfAborted()
      await onStep(longestOf(next.value))
      next = work.next(await doStep(next.value, hands, signal, inPlace))
    }
    return next.value
  } finally {
    await removeAll(inPlace, hands)
  }
}

const longestOf = (step: Step): number =>
  step.kind === "present" ? stepMs + step.proofs.length * hookTimeMs : stepMs

async function doStep(
  step: Step,
  { send, challenges, hook, timer }: Hands,
  signal: AbortSignal,
  inPlace: Proof[],
): Promise<HttpAnswer | undefined> {
  switch (step.kind) {
    case "request":
      return await send(step.request, signal)
    case "wait":
      await pause(step.ms, timer, signal)
      return undefined
    case "present":
      inPlace.push(...step.proofs)
      for (const proof of step.proofs)
        if (proof.kind === "dns-01") {
          if (hook === undefined) throw new HookError("there is no [acme] dns_hook")
          await hook("add", dnsRecord(proof), signal)
        }
      await challenges.put(step.proofs.filter(proof => proof.kind !== "dns-01"))
      return undefined
  }
}

/** What cannot be taken away does no harm: the certificate is there, or its failure is known already. */
async function removeAll(proofs: readonly Proof[], { challenges, hook, log }: Hands): Promise<void> {
  const late = new AbortController()
  const failed = (error: unknown): void => log.event("certificates.not-tidied", { error: failure(error) })
  for (const proof of proofs)
    if (proof.kind === "dns-01") await hook?.("remove", dnsRecord(proof), late.signal).catch(failed)
  await challenges.remove(proofs.filter(proof => proof.kind !== "dns-01")).catch(failed)
}

function pause(ms: number, timer: Timer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      callOff()
      reject(signal.reason)
    }
    const callOff = timer.after(ms, () => {
      signal.removeEventListener("abort", abort)
      resolve()
    })
    signal.addEventListener("abort", abort, { once: true })
  })
}
