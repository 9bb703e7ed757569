/** What became of a message, as its sender is shown it. */
import type { Permit } from "../../../privacy/index.ts"
import type { Contact, FarWord, SentEvent, SentMail, TriedEvent, WhyNot } from "../../../sending/index.ts"
import { plain } from "./plain.ts"
import { type Reported, reportLines, type Shown, whomItNames } from "./reported-later.ts"
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
  /** It is not tried before; null where this sign-in does not open it. */
  readonly notBefore: string | null
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
    notBefore: known === undefined ? null : new Date(known.notBefore).toISOString(),
    recipients: known?.recipients ?? [],
    events: events.flatMap(one => {
      const event = one.event?.open(permit)
      return event === undefined ? [] : [{ at: one.at.toISOString(), event }]
    }),
  }
}

/** Of each recipient what happened last, and beneath it what was said later of what had been handed over. */
export function sentText(shown: ShownSent): string {
  const story = storyOf(shown)
  const lines = shown.recipients.flatMap((address, no) => {
    const { tried, reported, taker } = story.of(no)
    const last = tried.at(-1)
    return [
      `${"".padEnd(18)}${plain(address)}: ${last === undefined ? waitsText(shown) : happenedText(last)}`,
      ...(taker === undefined ? [] : reportLines(reported, taker, inTheList)).map(deeper),
    ]
  })
  return [headOf(shown), ...lines, ...story.ending].join("\n")
}

/** Of each recipient all that happened, and what was said of others. */
export function courseText(shown: ShownSent): string {
  const story = storyOf(shown)
  const lines = shown.recipients.flatMap((address, no) => {
    const { tried, reported, taker } = story.of(no)
    const said = taker === undefined ? uncounted(reported.length) : reportLines(reported, taker, inTheCourse)
    return [
      `${"".padEnd(18)}${plain(address)}${tried.length === 0 ? `: ${waitsText(shown)}` : ""}`,
      ...[...tried.map(happenedText), ...said].map(deeper),
    ]
  })
  const strangers = [...story.ofOthers].slice(0, REPORTS_SHOWN)
  const more = story.ofOthers.size - strangers.length
  return [
    headOf(shown),
    ...lines,
    ...strangers.flatMap(([address, said]) => [
      `${"".padEnd(18)}${plain(address)}, whom you did not write to; it may have been passed on to them`,
      ...reportLines(said, undefined, inTheList).map(deeper),
    ]),
    ...(more > 0 ? [`${"".padEnd(18)}and reports about ${more} more whom you did not write to`] : []),
    ...story.ending,
  ].join("\n")
}

const deeper = (line: string): string => `${"".padEnd(20)}${line}`

/** What its taker said: that it failed, or else the newest. */
const inTheList: Shown = {
  ofTaker: said => [said.findLast(({ event }) => event.action === "failed") ?? said.at(-1)].filter(isThere),
  others: 3,
}
const inTheCourse: Shown = { ofTaker: said => said.slice(-REPORTS_SHOWN), others: REPORTS_SHOWN }
const isThere = <T>(one: T | undefined): one is T => one !== undefined

function uncounted(reports: number): readonly string[] {
  if (reports === 0) return []
  const many = reports === 1 ? "a report names" : `${reports} reports name`
  return [`${many} this address, and cannot know: it was handed to no other server`]
}

interface Story {
  readonly of: (no: number) => {
    readonly tried: readonly Happened<TriedEvent>[]
    /** Later than all that was tried, whichever was written down first. */
    readonly reported: readonly Reported[]
    /** Whom it was handed to, where that is how it ended: of all else nobody knows more than this server. */
    readonly taker: string | undefined
  }
  /** A line that says so where more came than is kept. */
  readonly ending: readonly string[]
  /** By address, what was reported of whoever is no recipient. */
  readonly ofOthers: ReadonlyMap<string, readonly Reported[]>
}

function storyOf({ recipients, events }: ShownSent): Story {
  const tried: Happened<TriedEvent>[] = []
  const reported: (Reported & { readonly no: number | undefined })[] = []
  const numberOf = whomItNames(recipients)
  for (const { at, event } of events)
    if (event.kind === "reported") reported.push({ at, event, no: numberOf(event) })
    else if (event.kind !== "more-reported") tried.push({ at, event })
  return {
    ending: events.some(({ event }) => event.kind === "more-reported")
      ? [`${"".padEnd(18)}more was reported of it than is kept here; what came lies in your mailbox`]
      : [],
    of(no) {
      const ofThem = tried.filter(({ event }) => event.recipients.includes(no))
      const last = ofThem.at(-1)?.event
      return {
        tried: ofThem,
        reported: reported.filter(one => one.no === no),
        taker: last?.kind === "handed-over" ? last.by.host : undefined,
      }
    },
    ofOthers: Map.groupBy(
      reported.filter(({ no }) => no === undefined),
      ({ event }) => event.address,
    ),
  }
}

function waitsText({ releaseAt, notBefore }: ShownSent): string {
  if (releaseAt === null || notBefore === null) return "waits to be sent"
  const asked = releaseAt < notBefore ? `${minuteOf(releaseAt)} was asked for` : "as you asked"
  return `waits until ${minuteOf(notBefore)}, ${asked}; sent undo takes it back before that`
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
      return `given to their mailbox or filter here, at ${at}`
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
