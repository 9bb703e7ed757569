import type { ReportedRecipient } from "./report.ts"
import { classOf } from "./status.ts"
import { wordsFor } from "./words.ts"

/**
 * What became of one recipient, in sentences for somebody who knows no mail server: what happened, what it means, what
 * can be done.
 */
export interface Explanation {
  /** Such as "The server of far.test says that this address does not exist." */
  readonly sentence: string
  readonly advice: string
  /** The words of the server itself, where there are any. */
  readonly said: string | undefined
}

/** `relay`: the server that all our mail goes through, where there is one: then it is the one that speaks. */
export function explain(recipient: ReportedRecipient, relay?: string): Explanation {
  const { action, status, remoteMta, triedUntil, lastTriedAt } = recipient
  const said = recipient.diagnostic?.value
  const domain = domainOf(recipient.final.value)
  switch (action) {
    case "delivered":
      return { sentence: "The message is in the mailbox of this person.", advice: nothing, said }
    case "relayed":
      return {
        sentence: `The message was handed to ${serverOf(domain, relay)}, which sends no such reports: it is not known what became of it then.`,
        advice: nothing,
        said,
      }
    case "expanded":
      return {
        sentence: "The message went on to everybody whom this address stands for.",
        advice: nothing,
        said,
      }
    case "delayed":
    case "failed":
  }
  const { meaning, advice } = wordsFor(status)
  const who = remoteMta === undefined ? undefined : serverOf(domain, relay)
  const reason = who === undefined ? capital(meaning) : `${capital(who)} says that ${meaning}`
  if (action === "delayed") {
    const until = triedUntil === undefined ? "" : `, until ${dateText(triedUntil)}`
    return {
      sentence: `${reason}. This may pass: the server tries again by itself${until}.`,
      advice: "There is nothing to do; do not send it again.",
      said,
    }
  }
  if (classOf(status) !== "temporary") return { sentence: `${reason}.`, advice, said }
  const last = lastTriedAt === undefined ? "" : `, the last time on ${dateText(lastTriedAt)},`
  return { sentence: `${reason}. It was tried again and again${last} and given up.`, advice, said }
}

const nothing = "There is nothing to do."

function serverOf(domain: string | undefined, relay: string | undefined): string {
  if (relay !== undefined) return `the server ${relay}, which passes our mail on,`
  return domain === undefined ? "the other server" : `the server of ${domain}`
}

function domainOf(address: string): string | undefined {
  const at = address.lastIndexOf("@")
  return at === -1 || at === address.length - 1 ? undefined : address.slice(at + 1)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const months = "January February March April May June July August September October November December".split(
  " ",
)

/** Such as "26 November 2026, 04:20 UTC". */
export function dateText(ms: number): string {
  const date = new Date(ms)
  const time = date.toISOString().slice(11, 16)
  return `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()}, ${time} UTC`
}
