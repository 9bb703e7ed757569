/** What became of a message, as its sender is shown it. */
import type { Permit } from "../../../privacy/index.ts"
import type {
  Contact,
  FarWord,
  ReportedEvent,
  SentEvent,
  SentMail,
  TriedEvent,
  WhyNot,
} from "../../../sending/index.ts"
import { plain } from "./plain.ts"
import { reportedText, whomItNames } from "./reported-later.ts"
import { farWordText, minuteOf, reasons } from "./sending-words.ts"

export interface ShownSent {
  readonly mail: number
  /** When it could first be sent; ISO 8601, UTC, as the others. */
  readonly at: string
  /** Null where this sign-in does not open it. */
  readonly subject: string | null
  readonly messageId: string | null
  /** The time to send that was asked for. */
  readonly releaseAt: string | null
  readonly recipients: readonly string[]
  /** In their order; those that do not open are left out. */
  readonly events: readonly Happened[]
}

interface Happened<Event = SentEvent> {
  readonly at: string
  readonly event: Event
}

/** Reports that the course of a message shows of one recipient, the newest, and of others: whoever got it can write some. */
const REPORTS_SHOWN = 10

export function shownSent({ mail, at, facts, events }: SentMail, permit: Permit<"mail.read">): ShownSent {
  const known = facts?.open(permit)
  return {
    mail,
    at: at.toISOString(),
    subject: known?.subject ?? null,
    messageId: known?.messageId ?? null,
    releaseAt: known?.releaseAt === undefined ? null : new Date(known.releaseAt).toISOString(),
    recipients: known?.recipients ?? [],
    events: events.flatMap(one => {
      const event = one.event?.open(permit)
      return event === undefined ? [] : [{ at: one.at.toISOString(), event }]
    }),
  }
}

/** Of each recipient what happened last; a failure that was reported stays one. */
export function sentText(shown: ShownSent): string {
  const story = storyOf(shown)
  const lines = shown.recipients.map((address, no) => {
    const { tried, reported } = story.of(no)
    const last = reported.findLast(({ event }) => event.action === "failed") ?? reported.at(-1)
    if (last !== undefined) return `${plain(address)}: ${reportedText(last, tried)}`
    const told = tried.at(-1)
    return `${plain(address)}: ${told === undefined ? waitsText(shown) : happenedText(told)}`
  })
  return [headOf(shown), ...lines.map(line => `${"".padEnd(18)}${line}`)].join("\n")
}

/** Of each recipient all that happened, and what was said of others. */
export function courseText(shown: ShownSent): string {
  const story = storyOf(shown)
  const lines = shown.recipients.flatMap((address, no) => {
    const { tried, reported } = story.of(no)
    const said = [
      ...tried.map(happenedText),
      ...reported.slice(-REPORTS_SHOWN).map(one => reportedText(one, tried)),
    ]
    return [
      `${"".padEnd(18)}${plain(address)}${said.length === 0 ? `: ${waitsText(shown)}` : ""}`,
      ...said.map(line => `${"".padEnd(20)}${line}`),
    ]
  })
  const strangers = story.ofOthers
    .slice(0, REPORTS_SHOWN)
    .flatMap(one => [
      `${"".padEnd(18)}${plain(one.event.address)}, whom you did not write to; it may have been passed on to them`,
      `${"".padEnd(20)}${reportedText(one, [])}`,
    ])
  const more = story.ofOthers.length - REPORTS_SHOWN
  return [
    headOf(shown),
    ...lines,
    ...strangers,
    ...(more > 0 ? [`${"".padEnd(18)}and ${more} more reports about others`] : []),
  ].join("\n")
}

interface Story {
  readonly of: (no: number) => {
    readonly tried: readonly Happened<TriedEvent>[]
    /** Later than all that was tried, whichever was written down first. */
    readonly reported: readonly Happened<ReportedEvent>[]
  }
  /** What was reported of whoever is no recipient. */
  readonly ofOthers: readonly Happened<ReportedEvent>[]
}

function storyOf({ recipients, events }: ShownSent): Story {
  const tried: Happened<TriedEvent>[] = []
  const reported: (Happened<ReportedEvent> & { readonly no: number | undefined })[] = []
  const numberOf = whomItNames(recipients)
  for (const { at, event } of events)
    if (event.kind === "reported") reported.push({ at, event, no: numberOf(event) })
    else tried.push({ at, event })
  return {
    of: no => ({
      tried: tried.filter(({ event }) => event.recipients.includes(no)),
      reported: reported.filter(one => one.no === no),
    }),
    ofOthers: reported.filter(({ no }) => no === undefined),
  }
}

function waitsText({ releaseAt }: ShownSent): string {
  if (releaseAt === null) return "waits to be sent"
  return `waits until ${minuteOf(releaseAt)}, as you asked; sent undo takes it back before that`
}

function headOf({ mail, at, subject }: ShownSent): string {
  const about = subject === null ? "(locked: it was sent before the password was reset)" : plain(subject)
  return `${String(mail).padStart(16)}  ${minuteOf(at)}  ${about}`
}

function happenedText({ at: iso, event }: Happened<TriedEvent>): string {
  const at = minuteOf(iso)
  switch (event.kind) {
    case "handed-over":
      return `handed to ${contactText(event.by)}, ${event.reply.code} at ${at}`
    case "put-off":
      return `not yet: ${whyText(event)} at ${at}; next try ${minuteOf(new Date(event.nextAt).toISOString())}`
    case "failed":
      return `did not arrive: ${whyText(event)} at ${at}`
    case "kept-here":
      return `in the mailbox here, at ${at}`
    case "taken-back":
      return `taken back at ${at}`
  }
}

function whyText(event: { readonly why: WhyNot; readonly by?: Contact; readonly reply?: FarWord }): string {
  const { why, by, reply } = event
  const who = by === undefined ? "" : ` (${plain(by.host)})`
  const said = reply === undefined ? "" : `, ${farWordText(reply)}`
  return `${reasons[why]}${who}${said}`
}

function contactText({ host, tls, verified }: Contact): string {
  const by = verified === undefined ? "" : ` verified by ${verifiers[verified]}`
  return `${plain(host)}, ${tls === undefined ? "in the clear" : `${plain(tls).replace("v", " ")}${by}`}`
}

const verifiers = { dane: "DANE", "mta-sts": "MTA-STS", name: "its name" } as const
