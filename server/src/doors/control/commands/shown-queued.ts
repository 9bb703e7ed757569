/** What waits to be sent, as those who run the server are shown it. */
import type { QueueCounts, WaitingRecipient } from "../../../sending/index.ts"
import { minuteOf, reasons } from "./sending-words.ts"

export interface ShownQueued {
  readonly mail: number
  readonly sender: string
  readonly bytes: number
  /** ISO 8601, UTC, as the others. */
  readonly receivedAt: string
  /** It is not tried before; `receivedAt`, where it may go at once. */
  readonly notBefore: string
  readonly expiresAt: string
  readonly dueAt: string | null
  readonly recipients: number
  readonly held: number
  readonly inHand: number
  readonly attempts: number
}

export function countsText(counts: QueueCounts): string {
  const { mails, oldest, mailsForLater, next, due, inHand, later, held } = counts
  if (mails === 0) return "nothing waits to be sent"
  const since = oldest === null ? "" : `, the oldest since ${minuteOf(oldest.toISOString())}`
  const goes = next === null ? "" : `, the next at ${minuteOf(next.toISOString())}`
  const come = mails - mailsForLater
  return [
    `${come} ${come === 1 ? "message waits" : "messages wait"} to be sent${since}`,
    ...(mailsForLater === 0
      ? []
      : [`${mailsForLater} ${mailsForLater === 1 ? "message is" : "messages are"} to be sent later${goes}`]),
    `recipients: ${due} due, ${inHand} being tried, ${later} waiting for their next try, ${held} held`,
  ].join("\n")
}

export function queuedLine(shown: ShownQueued): string {
  return `${String(shown.mail).padStart(16)}  ${shown.sender.padEnd(32)} ${stateOf(shown)}`
}

export function queuedText(shown: ShownQueued & { readonly each: readonly WaitingRecipient[] }): string {
  return [
    `message    ${shown.mail}, ${kilobytes(shown.bytes)}`,
    `sender     ${shown.sender}`,
    `taken in   ${minuteOf(shown.receivedAt)}, given up ${minuteOf(shown.expiresAt)}`,
    ...(shown.notBefore === shown.receivedAt ? [] : [`to be sent ${minuteOf(shown.notBefore)}, not before`]),
    ...shown.each.map(one => `${String(one.no + 1).padStart(4)}       ${recipientText(one)}`),
  ].join("\n")
}

function stateOf(shown: ShownQueued): string {
  const { recipients, held, inHand, attempts, dueAt, bytes } = shown
  const people = `${recipients} ${recipients === 1 ? "recipient" : "recipients"}, ${kilobytes(bytes)}`
  if (held === recipients) return `${people}, held`
  if (inHand > 0) return `${people}, being tried`
  // What has a time to send is due then, and has not been tried.
  if (dueAt === shown.notBefore && dueAt !== shown.receivedAt)
    return `${people}, to be sent ${minuteOf(dueAt)}`
  return `${people}, ${triesOf(attempts)}${dueAt === null ? "" : `, next ${minuteOf(dueAt)}`}`
}

function recipientText({ domain, state, attempts, dueAt, last }: WaitingRecipient): string {
  const when = state === "later" ? `next ${minuteOf(dueAt.toISOString())}` : states[state]
  return `${domain ?? "(does not open)"}: ${triesOf(attempts)}, ${when}${lastText(last)}`
}

const states = { due: "due", "in-hand": "being tried", held: "held" } as const

function lastText(last: WaitingRecipient["last"]): string {
  if (last === undefined) return ""
  if (last === "damaged") return "; what was answered does not open"
  const by = last.by === undefined ? "" : ` (${last.by.host})`
  return `; ${reasons[last.why]}${by}${last.code === undefined ? "" : `, ${last.code}`}`
}

const triesOf = (attempts: number): string =>
  attempts === 0 ? "not tried yet" : `${attempts} ${attempts === 1 ? "try" : "tries"}`

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1000)} kB`
