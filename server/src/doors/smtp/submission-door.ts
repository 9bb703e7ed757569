import type { ProfileOptions } from "@letterkeep/smtp"
import type { Submit } from "../../flow/index.ts"
import { createByteBudget, createShares, createVisitors } from "../entrance/index.ts"
import { declareSubmissionFigures } from "./figures.ts"
import type { DoorOptions } from "./house.ts"
import { defaultSubmissionDoorLimits, type SubmissionDoorLimits } from "./limits.ts"
import { openEntrance, wayOf } from "./open-entrance.ts"
import { createSubmission, type SubmissionHouse } from "./submission.ts"

export interface SubmissionDoorOptions extends DoorOptions, Pick<SubmissionHouse, "people"> {
  /**
   * `host:port` or `[ipv6]:port`, port 0 takes any; undefined does not listen. At `submissions` TLS begins with the
   * connection (RFC 8314 §3.3).
   */
  readonly listen: { readonly submission: string | undefined; readonly submissions: string | undefined }
  readonly submit: Submit
  /** Passwords in plain text from this machine: for tests, and for a proxy that speaks TLS itself. */
  readonly plaintextOnLoopback: boolean
  /** How far ahead a message may be sent, in milliseconds; below a second no time to send is offered. */
  readonly sendLaterMs?: number
  readonly limits?: Partial<SubmissionDoorLimits>
}

export interface SubmissionDoor {
  /** `host:port` as they listen. */
  readonly addresses: { readonly submission: string | undefined; readonly submissions: string | undefined }
  /** Takes no more connections, says 421 to who is idle, lets messages under way end; the rest is cut after `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void>
}

/** Opens the doors for mail from the house's own people. Rejects where it cannot listen. */
export async function openSubmissionDoor(options: SubmissionDoorOptions): Promise<SubmissionDoor> {
  const { people, submit, plaintextOnLoopback, listen } = options
  const limits: SubmissionDoorLimits = { ...defaultSubmissionDoorLimits, ...options.limits }
  const { entrance, shared } = openEntrance("submission", options, limits, releaseOf(options))
  const budget = createByteBudget(limits.bytesInFlight)
  const visitors = createVisitors(limits.connectionsPerAccount)
  const figures = declareSubmissionFigures(options.metrics, {
    open: entrance.guests,
    bytesInFlight: () => budget.taken,
    signedIn: () => visitors.total,
  })
  // One message has to fit, however large it may be.
  const share = Math.max(limits.bytesInFlightPerAccount, limits.protocol.messageBytes)
  const shares = createShares(budget, share)
  const own = { submit, people, plaintextOnLoopback, visitors, shares }
  const house: SubmissionHouse = { ...shared, ...own, limits, budget, figures }

  const open = async (
    name: "submission" | "submissions",
    begins: "plain" | "tls",
  ): Promise<string | undefined> => {
    const address = listen[name]
    if (address === undefined) return undefined
    return await entrance.open(
      wayOf(house, { name, listen: address, begins }, link => createSubmission(house, link)),
    )
  }
  try {
    const addresses = {
      submission: await open("submission", "plain"),
      submissions: await open("submissions", "tls"),
    }
    return { addresses, close: entrance.close }
  } catch (error) {
    await entrance.close({ graceMs: 0 })
    throw error
  }
}

/** RFC 4865 §3. */
function releaseOf({
  sendLaterMs = 0,
  clock,
}: Pick<SubmissionDoorOptions, "sendLaterMs" | "clock">): Pick<ProfileOptions, "futureRelease"> {
  const mostSeconds = Math.floor(sendLaterMs / 1000)
  return mostSeconds < 1 ? {} : { futureRelease: { mostSeconds, now: () => clock.now() } }
}
