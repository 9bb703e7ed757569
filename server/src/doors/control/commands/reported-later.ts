/** What another server said of a message after it had taken it, in words; and of which of its recipients. */
import { domainToASCII } from "node:url"
import { wordsFor } from "@letterkeep/dsn"
import type { ReportedEvent, TriedEvent } from "../../../sending/index.ts"
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

/** `tried`: what came of handing it over, which says whether who reports is who took it. */
export function reportedText(
  { at, event }: { readonly at: string; readonly event: ReportedEvent },
  tried: readonly { readonly event: TriedEvent }[],
): string {
  const { action, status, diagnostic } = event
  const said = `${whoSaid(event, tried)} said later that`
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

function whoSaid({ by }: ReportedEvent, tried: readonly { readonly event: TriedEvent }[]): string {
  if (by === undefined) return "another server"
  const hasTaken = tried.some(({ event }) => event.kind === "handed-over" && event.by.host === by)
  return hasTaken ? `${plain(by)}, which had taken it,` : plain(by)
}
