/** What follows from one try for one recipient: what the queue does, and whether the sender is to hear of it. Pure. */
import { wantsReport } from "@letterkeep/dsn"
import type { Chance } from "../../ports/chance.ts"
import type { Claimed, ClaimedRecipient, Tried } from "../contract.ts"
import type { Settlement } from "../queue/settle.ts"
import { nextTry } from "../schedule.ts"

export interface Course {
  readonly recipient: ClaimedRecipient
  readonly tried: Tried
  readonly settlement: Settlement
  /** What a report to the sender would call it; undefined where nothing has to be told. */
  readonly tell: "failed" | "delayed" | "relayed" | undefined
}

export interface CourseGround {
  /** The reverse-path in plain text. */
  readonly reversePath: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly chance: Chance
}

export function courseOf(
  mail: Claimed,
  recipient: ClaimedRecipient,
  tried: Tried,
  ground: CourseGround,
): Course {
  const { no, notify } = recipient
  const about = (action: "failed" | "delayed" | "relayed", nextReports = false): Course["tell"] => {
    // What a filter sent on is its owner's to hear of: the writer does not know where it went.
    if (mail.kind === "forwarded") return action === "failed" ? action : undefined
    // Nobody asked by hand for what a filter answers, and a report is about nothing of a person's.
    if (mail.kind !== "submitted") return undefined
    const { reversePath } = ground
    return wantsReport({ reversePath, action, nextReports, ...(notify === undefined ? {} : { notify }) })
      ? action
      : undefined
  }
  const done = { recipient, tried }
  if (tried.kind === "handed-over")
    return {
      ...done,
      settlement: { kind: "handed-over", claimed: mail, no },
      tell: about("relayed", tried.dsnPassedOn),
    }
  if (tried.kind === "never")
    return { ...done, settlement: { kind: "given-up", claimed: mail, no }, tell: about("failed") }
  const next = nextTry(
    {
      attempts: recipient.attempts + 1,
      notBefore: mail.notBefore,
      expiresAt: mail.expiresAt,
      toldOfDelay: recipient.toldOfDelay,
    },
    ground.now,
    ground.chance,
  )
  if (next.kind === "given-up")
    return { ...done, settlement: { kind: "given-up", claimed: mail, no }, tell: about("failed") }
  const { why, by, reply } = tried
  const answer = { why, ...(by === undefined ? {} : { by }), ...(reply === undefined ? {} : { reply }) }
  return {
    ...done,
    settlement: {
      kind: "again",
      claimed: mail,
      no,
      afterMs: next.afterMs,
      answer,
      toldOfDelay: recipient.toldOfDelay || next.tellOfDelay,
    },
    tell: next.tellOfDelay ? about("delayed") : undefined,
  }
}
