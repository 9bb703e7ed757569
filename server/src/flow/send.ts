/**
 * The one path out. A door hands over what a person sends: it is made fit to be sent, and in one commit its copy is
 * kept, those who are here have it, and for those elsewhere it stands in the queue. "Kept" is answered only after the
 * commit; `sending` hands over what stands there. With a time to send it stands in the queue for all of them.
 *
 *   door ──> compose ──> permit ──> keep and queue ──> hand over
 */
import { isAscii } from "node:buffer"
import { domainToASCII } from "node:url"
import { scanMessage } from "@letterkeep/mime"
import type { Alongside, Keep, Quotas } from "../messages/index.ts"
import type { People } from "../people/index.ts"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import { failure, type Log, ref } from "../ports/log.ts"
import { mailAddress, mailContent, type Permit, type Privacy } from "../privacy/index.ts"
import { type Allowance, type OutgoingMail, OverAllowanceError, type Queue } from "../sending/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"
import { type Composed, compose } from "./compose.ts"
import { deliverHere } from "./deliver-here.ts"
import { domainOf } from "./domain-of.ts"
import type { Outcome } from "./envelope.ts"
import type { Filtering } from "./filter/index.ts"
import { gather } from "./gather.ts"
import { headerFaultTexts } from "./header-faults.ts"
import { type Queued, queueMail } from "./queue-mail.ts"
import { defaultCopiesLimit } from "./receive.ts"
import { sentCopy } from "./sent-copy.ts"
import type { SenderAnswer, SubmissionEnvelope, SubmissionRecipient, Submit, ToAnswer } from "./submission.ts"
import { submitted } from "./trace-fields.ts"

export interface SendParts {
  readonly people: Pick<People, "findRecipient" | "senderRules">
  readonly quotas: Quotas
  readonly privacy: Pick<Privacy, "gate">
  readonly vaults: Pick<Vaults, "keyedHash" | "sealKeys">
  readonly keep: Keep
  readonly queue: Pick<Queue, "prepare" | "notifyDue" | "octetsForLater">
  readonly allowance: Allowance
  readonly room: () => "enough" | "low"
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly hostname: string
  /** Milliseconds between the writer's word and the first try: for so long it can be taken back. */
  readonly undoMs: number
  /** Milliseconds after which a message that nobody took is given up. */
  readonly retryMs: number
  /** Octets of one message times the sealed copies that it makes. */
  readonly copiesLimit?: number
  /** Without it no filter runs on what is for somebody here. */
  readonly filtering?: Filtering
}

type MaySend = Permit<"mail.send">

export function createSubmit(parts: SendParts): Submit {
  const { privacy, people, allowance } = parts
  const gated = <T>(
    account: AccountId,
    work: (permit: MaySend) => Promise<T>,
  ): Promise<T | { kind: "busy" }> =>
    privacy.gate("mail.send", { kind: "account", account }, work).catch((error: unknown) => {
      if (error instanceof Error && "temporary" in error && error.temporary === true) return { kind: "busy" }
      throw error
    })
  return {
    room: parts.room,
    sender: (account, reversePath) =>
      gated(account, async (permit): Promise<SenderAnswer> => {
        // Programs confirm that something was read with the null path (RFC 8098 §3): From says who it is.
        if (
          reversePath.open(permit) !== "" &&
          !(await isTheirs(parts, account, reversePath.open(permit), permit))
        )
          return { kind: "not-yours" }
        const { left, seconds } = await allowance.left(account)
        return left > 0 ? { kind: "yours" } : { kind: "over-limit", seconds }
      }),
    recipient: (account, address, sofar, size = 0) =>
      gated(account, async (permit): Promise<ToAnswer> => {
        const { left, seconds } = await allowance.left(account)
        if (sofar >= left) return { kind: "over-limit", seconds }
        const found = await people.findRecipient(address, permit)
        if (found.kind === "local")
          return (await parts.quotas.hasRoom(found.accountId, size))
            ? { kind: "taken" }
            : { kind: "over-quota" }
        if (found.kind === "unknown") return found
        return isDomainOfMail(address.open(permit)) ? { kind: "taken" } : { kind: "no-domain" }
      }),
    begin(envelope) {
      const id = parts.chance.bytes(12).toString("hex")
      const gathering = gather(
        () => undefined,
        () => undefined,
      )
      return {
        write: chunk => gathering.write(chunk),
        abandon: () => undefined,
        async finish() {
          try {
            const bytes = gathering.end()
            if (gathering.headerFault !== undefined)
              return { kind: "refused", code: "content", text: headerFaultTexts[gathering.headerFault] }
            const outcome = await submit(parts, id, envelope, bytes)
            parts.log.event("submit.answered", {
              message: ref(id),
              account: envelope.account,
              outcome: outcome.kind,
            })
            return outcome
          } catch (error) {
            if (error instanceof OverAllowanceError)
              return { kind: "refused", code: "policy", text: "You have sent as much as you may for today." }
            parts.log.event("submit.failed", { message: ref(id), error: failure(error) })
            return { kind: "later", why: "store" }
          }
        },
      }
    },
  }
}

async function isTheirs(
  { people }: Pick<SendParts, "people">,
  account: AccountId,
  address: string,
  permit: MaySend,
): Promise<boolean> {
  const found = await people.findRecipient(mailAddress(address), permit)
  return found.kind === "local" && found.accountId === account
}

/** A name with a dot: mail goes to no address literal, and to no name that only this machine knows. */
function isDomainOfMail(address: string): boolean {
  const domain = address.slice(address.lastIndexOf("@") + 1)
  // What no A-label can be made of, such as "⒈com.example", is no domain that the DNS could tell of (RFC 5890 §2.3.2.1).
  return (
    !domain.startsWith("[") &&
    /[^.]\.[^.]/.test(isAscii(Buffer.from(domain)) ? domain : domainToASCII(domain))
  )
}

/** From the last byte to the commit. */
async function submit(
  parts: SendParts,
  id: string,
  envelope: SubmissionEnvelope,
  bytes: Buffer,
): Promise<Outcome> {
  if (parts.room() === "low") return { kind: "later", why: "room" }
  const { account } = envelope
  return await parts.privacy.gate("mail.send", { kind: "account", account }, async permit => {
    const now = parts.clock.now()
    const newId = `${id}@${parts.hostname}`
    const scan = scanMessage(bytes)
    const composed = compose(scan, {
      now,
      newId,
      trace: submitted(envelope, parts.hostname, id, now),
    })
    if ("kind" in composed) return { kind: "refused", code: "content", text: composed.text }
    for (const { field, address: author } of composed.senders)
      if (!(await isTheirs(parts, account, author, permit)))
        return { kind: "refused", code: "policy", text: `${field} has an address that is not yours.` }
    const waits = envelope.release !== undefined
    if (!(await hasRoomOfTheirs(parts, account, waits ? 2 * bytes.length : bytes.length)))
      return {
        kind: "refused",
        code: "too-large",
        text: "Your mailbox is full: there is no room for your copy. Delete something, or take back what waits, and send again.",
      }

    const { here, elsewhere } = await sorted(parts, envelope.recipients, permit)
    const waiting = waits ? [...waitingHere(here), ...elsewhere] : elsewhere
    if (waits && waiting.some(({ address }) => !address.open(permit).includes("@")))
      return { kind: "refused", code: "content", text: "What is to be sent later needs whole addresses." }
    const copies = 1 + here.size + (waiting.length > 0 ? 1 : 0)
    if (copies * bytes.length > (parts.copiesLimit ?? defaultCopiesLimit))
      return {
        kind: "refused",
        code: "too-large",
        text: "Too large for so many recipients; send it to fewer.",
      }
    for (const reader of here.keys())
      if (!(await parts.quotas.hasRoom(reader, bytes.length)))
        return {
          kind: "refused",
          code: "too-large",
          text: "Somebody here has no room for so large a message.",
        }
    const copy = sentCopy(parts.vaults, account, composed, scan, now)
    const queued = await enqueue(parts, envelope, composed, waiting, now, permit)
    const atOnce: typeof here = waits ? new Map() : here
    return await deliverHere(parts, envelope, composed, atOnce, { id, now }, async filtered => {
      if (filtered.kind === "refused") return { kind: "refused", code: "policy", text: filtered.text }
      const { deliveries, alongside, faults } = filtered
      await parts.keep.keep([copy, ...deliveries], alongsideOf(parts, envelope, queued, alongside))
      for (const [account, said] of faults) parts.filtering?.tellFault(account, said)
      return { kind: "kept", id }
    })
  })
}

/** What waits for its time counts to its writer's quota, once more than its copy in Sent: it takes as much room. */
function hasRoomOfTheirs(
  { quotas, queue, undoMs }: Pick<SendParts, "quotas" | "queue" | "undoMs">,
  account: AccountId,
  bytes: number,
): Promise<boolean> {
  return quotas.hasRoom(account, bytes, () => queue.octetsForLater(account, undoMs))
}

/** Each account here once, whatever of its addresses was named; each address elsewhere once. */
async function sorted(
  { people }: Pick<SendParts, "people">,
  recipients: readonly SubmissionRecipient[],
  permit: MaySend,
) {
  const here = new Map<AccountId, SubmissionRecipient>()
  const elsewhere = new Map<string, SubmissionRecipient>()
  for (const recipient of recipients) {
    const found = await people.findRecipient(recipient.address, permit)
    if (found.kind !== "local") elsewhere.set(recipient.address.open(permit), recipient)
    else if (!here.has(found.accountId)) here.set(found.accountId, recipient)
  }
  return { here, elsewhere: [...elsewhere.values()] }
}

/** With a time to send nobody has it before, here or elsewhere: see deliver-due.ts. */
function waitingHere(here: ReadonlyMap<AccountId, SubmissionRecipient>): OutgoingMail["recipients"] {
  return [...here.values()].map(recipient => ({ ...recipient, isHere: true }))
}

async function enqueue(
  parts: SendParts,
  envelope: SubmissionEnvelope,
  composed: Composed,
  recipients: OutgoingMail["recipients"],
  now: number,
  permit: MaySend,
): Promise<Queued | undefined> {
  if (recipients.length === 0) return undefined
  const { account, reversePath, smtputf8, requireTls, ret, envid, release } = envelope
  // From then on it is tried for as long as any other.
  const notBefore = Math.max(now + parts.undoMs, release?.at ?? 0)
  const mail: OutgoingMail = {
    account,
    reversePath,
    recipients,
    parts: composed.out.map(part => mailContent(part)),
    size: composed.out.reduce((sum, part) => sum + part.length, 0),
    signedBy: domainOf(composed.authors[0] ?? ""),
    // Many programs that never say SMTPUTF8 write file names raw, and servers take that.
    smtputf8: composed.hasUtf8Header || (smtputf8 && composed.hasUtf8PartHeader),
    body: composed.hasEightBitBody ? "8BITMIME" : "7BIT",
    requireTls,
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined ? {} : { envid }),
    ...(release === undefined ? {} : { release }),
    receivedAt: now,
    notBefore,
    expiresAt: notBefore + parts.retryMs,
    kind: "submitted",
  }
  return await queueMail(parts, mail, composed.known, permit)
}

function alongsideOf(
  { allowance, queue }: Pick<SendParts, "allowance" | "queue">,
  { account, recipients }: SubmissionEnvelope,
  queued: Queued | undefined,
  /** What the filters of those who are here ask for. */
  filtered: Alongside | undefined,
): Alongside {
  return {
    addTo(tables) {
      queued?.addTo(tables)
      filtered?.addTo?.(tables)
    },
    bytes: (queued?.bytes ?? 0) + (filtered?.bytes ?? 0),
    tally: { account, count: recipients.length, add: allowance.take },
    ...(queued === undefined && filtered?.once === undefined ? {} : { once: queue.notifyDue }),
  }
}
