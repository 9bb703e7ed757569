/**
 *     vacation [":days" <number> / ":seconds" <number>] [":subject" <string>] [":from" <string>]
 *              [":addresses" <string-list>] [":mime"] [":handle" <string>] <reason: string>
 *
 * RFC 5230 §4, RFC 6131 §2. Whether a reply is due at all is said by `no-reply.ts`.
 */
import { createHash } from "node:crypto"
import { messageIds, splitFields } from "@letterkeep/mime"
import { addFault, addWarning } from "../check/checking.ts"
import {
  type Given,
  isGiven,
  numberIfGiven,
  placeOf,
  text,
  textIfGiven,
  textsIfGiven,
} from "../check/given.ts"
import type { CommandSpec, Next } from "../check/language.ts"
import { constantOf, type Text } from "../check/text.ts"
import { isAddressList } from "../message/addresses.ts"
import { plan, planVacation } from "../run/plan.ts"
import { fill, fillAll, note, type Run, shown } from "../run/run.ts"
import { whyNoReply } from "./no-reply.ts"

const day = 86_400
/** Days between two replies to one person: where a script says nothing, and at most (RFC 5230 §4.1). */
const usualDays = 7
const mostDays = 365

const group = "time between two replies"

export const vacation: CommandSpec = {
  name: "vacation",
  needs: ["vacation"],
  tags: {
    days: { takes: "number", group },
    seconds: { takes: "number", group, needs: "vacation-seconds" },
    subject: { takes: "string" },
    from: { takes: "string" },
    addresses: { takes: "strings" },
    mime: {},
    handle: { takes: "string" },
  },
  takes: [{ name: "the reason", takes: "string" }],
  compile(given) {
    const reason = text(given, "the reason")
    const subject = textIfGiven(given, ":subject")
    const from = textIfGiven(given, ":from")
    const named = textIfGiven(given, ":handle")
    const addresses = textsIfGiven(given, ":addresses") ?? []
    const mime = isGiven(given, ":mime")
    const seconds = secondsOf(given)
    for (const address of addresses) checkAddresses(given, address, 1)
    if (from !== undefined) checkAddresses(given, from, fromLimit)
    if (mime) checkEntity(given, reason)
    const { at } = given.call
    const implicit = implicitHandle([subject?.pieces, from?.pieces, mime, reason.pieces])
    return async (run): Promise<Next> => {
      planVacation(run, at)
      const own = [run.envelope.to, ...run.world.ownAddresses, ...fillAll(run, addresses)]
      const against = whyNoReply(run, own)
      if (against !== undefined) {
        note(run, at, `no reply is sent: ${against}`)
        return "go-on"
      }
      const handle = orNothing(run, named) ?? implicit
      const to = run.envelope.from
      if (seconds > 0 && (await run.world.hasReplied({ handle, to, seconds }))) {
        note(run, at, `no reply is sent: ${to} had one within ${spanText(seconds)}`)
        return "go-on"
      }
      plan(run, {
        kind: "vacation",
        at,
        to,
        from: fromOf(run, from),
        subject: orNothing(run, subject) ?? subjectFor(run),
        body: fill(run, reason),
        mime,
        ...threadOf(run),
        handle,
        seconds,
      })
      note(run, at, `a reply goes to ${to}, the next one in ${spanText(seconds)} at the earliest`)
      return "go-on"
    }
  },
}

/** 0 asks for a reply to each message (RFC 6131 §2); fewer days than one are one. */
function secondsOf(given: Given): number {
  const seconds = numberIfGiven(given, ":seconds")
  if (seconds !== undefined) return Math.min(seconds, mostDays * day)
  return Math.min(Math.max(numberIfGiven(given, ":days") ?? usualDays, 1), mostDays) * day
}

function spanText(seconds: number): string {
  return seconds % day === 0 && seconds > 0 ? `${seconds / day} days` : `${seconds} seconds`
}

/** Addresses that a reply may be from (RFC 5230 §4.3). */
const fromLimit = 10

function checkAddresses({ checking }: Given, written: Text, most: number): void {
  const known = constantOf(written)
  if (known !== undefined && !isAddressList(known, most))
    addFault(checking, written.at, `${JSON.stringify(known.slice(0, 80))} is no address`)
}

/** With `:mime` the reason is an entity with its header: without one the reply has no type that anybody meant. */
function checkEntity(given: Given, reason: Text): void {
  const known = constantOf(reason)
  const [first] = known === undefined ? [] : splitFields(Buffer.from(known.trimStart(), "utf8")).fields
  if (known !== undefined && (first === undefined || !/^(content-|mime-version$)/.test(first.name)))
    addWarning(
      given.checking,
      placeOf(given, ":mime"),
      'with ":mime" the reason begins with header fields, as "Content-Type: …"',
    )
}

function orNothing(run: Run, written: Text | undefined): string | undefined {
  return written === undefined ? undefined : fill(run, written)
}

/** What is no list of addresses is left out, as RFC 5230 §4.3 suggests: the reply goes all the same. */
function fromOf(run: Run, written: Text | undefined): string | undefined {
  if (written === undefined) return undefined
  const value = fill(run, written)
  if (isAddressList(value, fromLimit)) return value
  note(run, written.at, `${shown(run, value)} is no address: the reply is from the account's own`)
  return undefined
}

/** Replies with different words are different replies: the words of the script, before variables (RFC 5230 §4.2). */
function implicitHandle(words: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(words)).digest("hex")
}

/** Characters of a subject that a reply repeats. */
const subjectLength = 500

function subjectFor(run: Run): string {
  const subject =
    run.message
      .fields("subject")[0]
      ?.text.replace(/[\0-\x1f\x7f]+/g, " ")
      .trim() ?? ""
  return subject === "" ? "Automated reply" : `Auto: ${subject.slice(0, subjectLength).toWellFormed()}`
}

/** RFC 5322 §3.6.4. */
function threadOf(run: Run): {
  readonly inReplyTo: string | undefined
  readonly references: readonly string[]
} {
  const idsOf = (name: string) => run.message.fields(name).flatMap(field => messageIds(field.raw))
  const [inReplyTo] = idsOf("message-id")
  const before = idsOf("references")
  const old = before.length > 0 ? before : idsOf("in-reply-to")
  return {
    inReplyTo,
    references: inReplyTo === undefined ? old : [...old.filter(id => id !== inReplyTo), inReplyTo],
  }
}
