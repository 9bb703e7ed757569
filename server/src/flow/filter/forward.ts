/**
 * `redirect` (RFC 5228 §4.2): the message goes on as it came, under our Received and a mark of the account, with a return
 * path of ours. To somebody who is here it goes by their own filter.
 *
 * Where it goes is nothing that its sender is to learn: what they asked to be told (RFC 3461) does not go with it.
 *
 * No loops: what has our mark was forwarded by this account before; what has passed many servers, or went to that address
 * within a day, is not forwarded again (RFC 5321 §6.3). What is not forwarded is kept.
 */

import { isAscii } from "node:buffer"
import { createHash, type KeyObject } from "node:crypto"
import { type MessageScan, messageIds } from "@letterkeep/mime"
import type { RedirectAction, SieveMessage } from "@letterkeep/sieve"
import type { Memory } from "../../people/filters/index.ts"
import { type MailAddress, mailAddress, mailContent, type Permit } from "../../privacy/index.ts"
import type { AccountId } from "../../store/ids.ts"
import { domainOf } from "../domain-of.ts"
import { knownBy, type Queued, queueMail } from "../queue-mail.ts"
import { filterTraffic } from "./limits.ts"
import type { Octets } from "./octets.ts"
import type { FilterParts } from "./parts.ts"
import type { InHand, Reader } from "./reader.ts"
import { isRemembered, memoryOf } from "./remembered.ts"
import { forwardedPath } from "./return-paths.ts"

const dayMs = 24 * 60 * 60 * 1000
const markField = "X-Letterkeep-Forwarded"

export interface Forwarded {
  readonly queued: readonly Queued[]
  readonly memories: readonly Memory[]
  /** Those who are here, and have it too. */
  readonly here: readonly { readonly account: AccountId; readonly address: MailAddress }[]
  /** Why some of them were not followed, in sentences for the person. */
  readonly faults: readonly string[]
}

interface Forwarding {
  readonly parts: FilterParts
  readonly inHand: InHand
  readonly reader: Reader
  /** Of the account, the first one its own. */
  readonly own: readonly string[]
  readonly message: SieveMessage
  readonly key: KeyObject
  readonly permit: Permit<"mail.send">
  readonly octets: Octets
}

export async function forward(
  redirects: readonly RedirectAction[],
  forwarding: Forwarding,
): Promise<Forwarded> {
  const { parts, inHand, reader, message, permit } = forwarding
  const done = {
    queued: [] as Queued[],
    memories: [] as Memory[],
    here: [] as { account: AccountId; address: MailAddress }[],
    faults: [] as string[],
  }
  const isAgain = isMarked(forwarding)
  const id = identityOf(inHand, message)
  for (const { address } of redirects) {
    const values = [address.toLowerCase(), id]
    const why =
      (isAgain ? "a filter of yours has forwarded it before" : undefined) ??
      (await whyNot(forwarding, values, done.memories.length))
    if (why !== undefined) {
      done.faults.push(`the message was not forwarded to ${address}: ${why}`)
      continue
    }
    const found = await parts.people.findRecipient(mailAddress(address), permit)
    if (found.kind === "unknown") {
      done.faults.push(`the message was not forwarded to ${address}: there is no such address here`)
      continue
    }
    if (found.kind === "local" && !(await parts.quotas.hasRoom(found.accountId, inHand.scan.bytes.length))) {
      done.faults.push(`the message was not forwarded to ${address}: there is no room for it`)
      continue
    }
    if (!forwarding.octets.take(inHand.scan.bytes.length)) {
      done.faults.push(`the message was not forwarded to ${address}: it is too large to go to so many`)
      continue
    }
    if (found.kind === "local") done.here.push({ account: found.accountId, address: mailAddress(address) })
    else done.queued.push(await enqueue(forwarding, address))
    done.memories.push(memoryOf(parts.vaults, reader.account, "copy", values, inHand.now + dayMs))
  }
  return done
}

async function whyNot(
  { parts, inHand, reader, own, message }: Forwarding,
  values: readonly string[],
  sofar: number,
): Promise<string | undefined> {
  const { account } = reader
  const [target = ""] = values
  if (own[0] === undefined) return "this account has no address of its own"
  if (own.some(address => address.toLowerCase() === target)) return "that is an address of this account"
  if (inHand.body === "BINARYMIME") return "it is in a form that few servers take"
  if (message.fields("received").length > filterTraffic.hops) return "it has passed too many servers"
  if (await isRemembered(parts, account, "copy", values)) return "it went there within a day"
  if (sofar + (await parts.filters.memory.count(account, "copy")) >= filterTraffic.copiesADay)
    return `${filterTraffic.copiesADay} messages were forwarded today`
  return undefined
}

/** By which a message is known again: its Message-ID, or what is in it. */
function identityOf({ scan }: InHand, message: SieveMessage): string {
  const [id] = message.fields("message-id").flatMap(field => messageIds(field.raw))
  return id ?? createHash("sha256").update(scan.bytes).digest("hex")
}

const nonceOctets = 8

/** Names the account to nobody but us; of two messages nobody else can tell that they are of one account. */
function markOf({ parts, reader }: Pick<Forwarding, "parts" | "reader">, nonce: string): string {
  return nonce + parts.vaults.keyedHash(reader.account, "forwarded", nonce).toString("hex")
}

function isMarked(forwarding: Forwarding): boolean {
  const marks = forwarding.message.fields(markField.toLowerCase())
  // More than a message may have passed servers: it goes round.
  if (marks.length > filterTraffic.hops) return true
  return marks.some(({ raw }) => raw === markOf(forwarding, raw.slice(0, 2 * nonceOctets)))
}

function headerOf({ bytes, root }: MessageScan): Buffer {
  return bytes.subarray(0, root.bodyStart)
}

async function enqueue(forwarding: Forwarding, address: string): Promise<Queued> {
  const { parts, inHand, reader, own, key, permit } = forwarding
  const { now, scan, requireTls, body } = inHand
  const mark = markOf(forwarding, parts.chance.bytes(nonceOctets).toString("hex"))
  const above = Buffer.from(`${inHand.received}${markField}: ${mark}\r\n`)
  const ownAddress = own[0] ?? ""
  const sender = inHand.reversePath.open(permit)
  // Where the sender cannot be written into a path of ours, what fails comes to whose filter it is.
  const path = forwardedPath(key, sender, domainOf(ownAddress), now) ?? ownAddress
  // Of success nobody is told: such a report would say where it went.
  const notify = reader.recipient.notify?.includes("never") === true ? "never" : "failure"
  return await queueMail(
    parts,
    {
      account: reader.account,
      reversePath: mailAddress(path),
      recipients: [{ address: mailAddress(address), notify: [notify] }],
      parts: [above, scan.bytes].map(part => mailContent(part)),
      size: above.length + scan.bytes.length,
      // What others wrote is not signed as ours; their own signatures stay whole.
      signedBy: undefined,
      // Whatever the sender said: a server without it takes what does not need it.
      smtputf8: ![above, headerOf(scan), Buffer.from(path + address)].every(each => isAscii(each)),
      body: body === "8BITMIME" || !isAscii(scan.bytes) ? "8BITMIME" : "7BIT",
      requireTls,
      receivedAt: now,
      notBefore: now,
      expiresAt: now + parts.retryMs,
      kind: "forwarded",
    },
    knownBy(scan),
    permit,
  )
}
