/** What was said of a message after it had been handed over, in words; by whom, and of which of its recipients. */
import { domainToASCII } from "node:url"
import { wordsFor } from "@letterkeep/dsn"
import { type ReportedEvent, reporterGroup } from "../../../sending/index.ts"
import { plain } from "./plain.ts"
import { minuteOf } from "./sending-words.ts"

/**
 * The recipient whom a report names, by its place among them: as the sender had called them, else where the message came
 * down to. Undefined where it names nobody of them: behind an address may be others, or whoever wrote it made it up.
 */
export function whomItNames(recipients: readonly string[]): (event: ReportedEvent) => number | undefined {
  const numbers = new Map(recipients.map((address, no) => [sameForm(address), no]))
  return ({ original, address }) =>
    (original === undefined ? undefined : numbers.get(sameForm(original))) ?? numbers.get(sameForm(address))
}

/** Servers fold case, and write domains in one alphabet or the other. */
function sameForm(address: string): string {
  const at = address.lastIndexOf("@")
  const domain = domainToASCII(address.slice(at + 1))
  return `${address.slice(0, at + 1)}${domain === "" ? address.slice(at + 1) : domain}`.toLowerCase()
}

export interface Reported {
  /** ISO 8601. */
  readonly at: string
  readonly event: ReportedEvent
}

/** How much is shown of what is said about one recipient. */
export interface Shown {
  /** Of all reports those of whoever took the message; in their order. */
  readonly ofTaker: (said: readonly Reported[]) => readonly Reported[]
  /** Others that are shown, the newest one of each. */
  readonly others: number
}

/**
 * Lines of what was said about one recipient, or about a stranger. Whoever got the message can write a report, so only the
 * words of `taker`, the host that it was handed to, are told as what happened, and only where a domain over that host vouches
 * for them. Of others their words are left out: the report itself lies in the mailbox.
 */
export function reportLines(
  said: readonly Reported[],
  taker: string | undefined,
  { ofTaker, others }: Shown,
): readonly string[] {
  const isOfTaker = ({ event }: Reported): boolean => speaksFor(event, taker)
  const newest = new Map<string, Reported>()
  for (const one of said) {
    if (isOfTaker(one)) continue
    const group = reporterGroup(one.event.proven)
    newest.delete(group)
    newest.set(group, one)
  }
  const byTaker = ofTaker(said.filter(isOfTaker))
  const byOthers = [...newest.values()].slice(-others)
  const more = said.length - byTaker.length - byOthers.length
  return [
    ...byTaker.map(one => takerText(one, taker)),
    ...byOthers.map(otherText),
    ...(more > 0 ? [`and ${more} more ${more === 1 ? "report" : "reports"}`] : []),
  ]
}

/** Does the domain that vouches for a report hold the host, too? One label is a registry's. */
function speaksFor({ proven }: ReportedEvent, taker: string | undefined): boolean {
  const host = taker?.toLowerCase()
  return proven?.includes(".") === true && (host === proven || host?.endsWith(`.${proven}`) === true)
}

function takerText({ at, event }: Reported, taker: string | undefined): string {
  const { action, status, diagnostic, proven } = event
  const who = proven === taker?.toLowerCase() ? "which" : "whose server"
  const said = `${plain(proven ?? "")}, ${who} had taken it, said later that`
  const code = `(${status}${diagnostic === undefined ? "" : `: ${plain(diagnostic)}`}) at ${minuteOf(at)}`
  switch (action) {
    case "failed":
      return `did not arrive: ${said} ${wordsFor(status).meaning} ${code}`
    case "delayed":
      return `not yet: ${said} ${wordsFor(status).meaning}, and that it tries again ${code}`
    case "delivered":
      return `arrived: ${said} it is in the mailbox ${code}`
    case "relayed":
      return `passed on: ${said} it went to a server that sends no reports ${code}`
    case "expanded":
      return `passed on: ${said} it went to everybody whom the address stands for ${code}`
  }
}

function otherText({ at, event }: Reported): string {
  const { action, status } = event
  const code = `(${status}) at ${minuteOf(at)}`
  const said = `${whoSaid(event)} said later that`
  switch (action) {
    case "failed":
      return `${said} it did not arrive, as ${wordsFor(status).meaning} ${code}`
    case "delayed":
      return `${said} it waits, as ${wordsFor(status).meaning} ${code}`
    case "delivered":
      return `${said} it is in the mailbox ${code}`
    case "relayed":
    case "expanded":
      return `${said} it was passed on ${code}`
  }
}

function whoSaid({ by, proven }: ReportedEvent): string {
  if (proven !== undefined) return `somebody at ${plain(proven)}`
  return by === undefined ? "somebody" : `somebody who claims to be ${plain(by)}`
}
