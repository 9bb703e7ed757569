/** The two lists of what a person sent: what waits for its time, and all else; each with the way to its next page. */
import type { Permit } from "../../../privacy/index.ts"
import type { PlaceInSent, SentPage } from "../../../sending/index.ts"
import type { ControlResult } from "../command.ts"
import { placeText } from "./page-place.ts"
import { type ShownSent, sentText, shownSent } from "./shown-sent.ts"

interface ShownPage {
  readonly mails: readonly ShownSent[]
  /** The last of them, where more are behind it. */
  readonly end: PlaceInSent | undefined
}

export function shownPage({ mails, hasMore }: SentPage, permit: Permit<"mail.read">): ShownPage {
  return { mails: mails.map(one => shownSent(one, permit)), end: hasMore ? mails.at(-1) : undefined }
}

/** What waits comes first, under a line of its own: whoever's password was stolen sees at once what is still to go. */
export function listed(waiting: ShownPage, sent: ShownPage): ControlResult {
  const next = nextOf(sent)
  const nextWaiting = nextOf(waiting)
  const waitingLines = [
    ...waiting.mails.map(sentText),
    ...(nextWaiting === null ? [] : [`More waits: --after ${nextWaiting}`]),
  ]
  const sentLines = [
    ...sent.mails.map(sentText),
    ...(next === null ? [] : [`There is more: --before ${next}`]),
  ]
  const isNothing = waitingLines.length + sentLines.length === 0
  return {
    text: [
      ...(waitingLines.length === 0 ? [] : ["waits for its time, and can be taken back:", ...waitingLines]),
      ...(waitingLines.length === 0 || sentLines.length === 0 ? [] : ["the rest of the last 30 days:"]),
      ...sentLines,
      ...(isNothing ? ["nothing was sent to others in the last 30 days"] : []),
    ].join("\n"),
    value: { waiting: waiting.mails, nextWaiting, sent: sent.mails, next },
  }
}

const nextOf = ({ end }: ShownPage): string | null => (end === undefined ? null : placeText(end))
