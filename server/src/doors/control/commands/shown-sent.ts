/** What became of a message, as its sender is shown it. */
import type { Permit } from "../../../privacy/index.ts"
import type { Contact, FarWord, SentEvent, SentMail, WhyNot } from "../../../sending/index.ts"
import { plain } from "./plain.ts"
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

interface Happened {
  readonly at: string
  readonly event: SentEvent
}

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

/** Of each recipient what happened last. */
export function sentText(shown: ShownSent): string {
  const lines = shown.recipients.map((address, no) => {
    const last = shown.events.findLast(({ event }) => event.recipients.includes(no))
    return `${plain(address)}: ${last === undefined ? waitsText(shown) : happenedText(last)}`
  })
  return [headOf(shown), ...lines.map(line => `${"".padEnd(18)}${line}`)].join("\n")
}

/** Of each recipient all that happened. */
export function courseText(shown: ShownSent): string {
  const lines = shown.recipients.flatMap((address, no) => {
    const events = shown.events.filter(({ event }) => event.recipients.includes(no))
    return [
      `${"".padEnd(18)}${plain(address)}${events.length === 0 ? `: ${waitsText(shown)}` : ""}`,
      ...events.map(event => `${"".padEnd(20)}${happenedText(event)}`),
    ]
  })
  return [headOf(shown), ...lines].join("\n")
}

function waitsText({ releaseAt }: ShownSent): string {
  if (releaseAt === null) return "waits to be sent"
  return `waits until ${minuteOf(releaseAt)}, as you asked; sent undo takes it back before that`
}

function headOf({ mail, at, subject }: ShownSent): string {
  const about = subject === null ? "(locked: it was sent before the password was reset)" : plain(subject)
  return `${String(mail).padStart(16)}  ${minuteOf(at)}  ${about}`
}

function happenedText({ at: iso, event }: Happened): string {
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
