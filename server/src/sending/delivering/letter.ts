/**
 * The letter that tells a sender what became of a message (RFC 3464), in words and for programs. It goes into the
 * sender's own inbox and nowhere else: they were signed in when they sent it, so no stranger ever gets one.
 */
import { isAscii } from "node:buffer"
import { type ReportedRecipient, typedAddress, writeDsn } from "@letterkeep/dsn"
import { decodeXtext } from "@letterkeep/smtp"
import { type Delivery, fromTheServer, writtenHere } from "../../messages/index.ts"
import type { Chance } from "../../ports/chance.ts"
import type { Permit } from "../../privacy/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { Claimed, Tried } from "../contract.ts"
import type { Course } from "./course-of.ts"
import { keptAfterAll } from "./kept-after-all.ts"
import { statusOf } from "./status-of.ts"

export interface LetterParts {
  readonly vaults: Pick<Vaults, "keyedHash" | "sealKeys">
  readonly chance: Chance
  readonly hostname: string
  /** The server that mail for a domain is passed on by, where that is none of the domain's own: then it is it who speaks. */
  readonly relayOf?: (domain: string) => string | undefined
}

export interface LetterGround {
  readonly now: number
  readonly permit: Permit<"mail.send">
}

/**
 * About those of the courses that have to be told; undefined where there is none. `text`: of the message. What a filter
 * sent on and nobody took is kept itself, with the reason above it.
 */
export function letterAbout(
  { vaults, chance, hostname, relayOf }: LetterParts,
  mail: Claimed,
  courses: readonly Course[],
  text: Buffer,
  { now, permit }: LetterGround,
): Delivery | undefined {
  const recipients = courses.flatMap(course => reported(course, mail, now, permit) ?? [])
  if (recipients.length === 0) return undefined
  const relay = relayOf?.(mail.domain)
  if (mail.kind === "forwarded" && text.length > 0)
    return keptAfterAll(vaults, mail, { recipients, relay }, text, { now, permit })
  const to = mail.reversePath.open(permit)
  const addresses = recipients.flatMap(({ original, final }) => [original?.value ?? "", final.value])
  const envelopeId = mail.envid?.open(permit)
  const messageId = `${chance.bytes(12).toString("hex")}@${hostname}`
  const { bytes } = writeDsn({
    report: {
      ...(envelopeId === undefined ? {} : { envelopeId }),
      reportingMta: { type: "dns", value: hostname },
      arrivedAt: mail.receivedAt,
      ...(mail.releaseAsked === undefined ? {} : { futureRelease: mail.releaseAsked }),
      recipients,
    },
    hostname,
    from: `postmaster@${hostname}`,
    to,
    date: now,
    messageId,
    boundary: chance.bytes(16).toString("hex"),
    ...(relay === undefined ? {} : { relay }),
    original: text,
    ret: mail.ret === "FULL" ? "full" : "headers",
    international: mail.smtputf8 || !isAscii(Buffer.from([to, ...addresses].join())),
  })
  return writtenHere(vaults, { account: mail.account, bytes, reasons: [fromTheServer], now })
}

function reported(
  { tell, tried, recipient, settlement }: Course,
  mail: Claimed,
  now: number,
  permit: Permit<"mail.send">,
): ReportedRecipient | undefined {
  if (tell === undefined) return undefined
  const original = recipient.orcpt === undefined ? undefined : originalOf(recipient.orcpt.open(permit))
  const { by } = tried
  const said = tried.reply
  return {
    ...(original === undefined ? {} : { original }),
    final: typedAddress(recipient.address.open(permit)),
    action: tell,
    status: tried.kind === "handed-over" ? "2.0.0" : statusOf(tried),
    ...(by === undefined ? {} : { remoteMta: { type: "dns", value: by.host } }),
    ...(said === undefined ? {} : { diagnostic: { type: "smtp", value: wordsOf(said) } }),
    lastTriedAt: now,
    ...(settlement.kind === "again" ? { triedUntil: mail.expiresAt } : {}),
  }
}

function wordsOf({ code, enhanced, text }: NonNullable<Tried["reply"]>): string {
  return [String(code), ...(enhanced === undefined ? [] : [enhanced]), text].join(" ")
}

/** RFC 3461 §4.2: type ";" xtext. */
function originalOf(orcpt: string): ReportedRecipient["original"] {
  const semicolon = orcpt.indexOf(";")
  if (semicolon < 1) return undefined
  const value = decodeXtext(orcpt.slice(semicolon + 1))
  return value === undefined ? undefined : { type: orcpt.slice(0, semicolon).toLowerCase(), value }
}
