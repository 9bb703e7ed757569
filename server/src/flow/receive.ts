/**
 * The one path in. A door hands over a message; it is screened while it comes, prepared and sealed for each of
 * its readers, and kept; the commit wakes whoever waits for it. "Kept" is answered only after the commit.
 *
 *   door ──> gather ──> screen ──> prepare ──> keep ──> tell
 */
import type { Collector } from "../dmarc-reports/index.ts"
import type { Alongside, Keep, Quotas } from "../messages/index.ts"
import type { People } from "../people/index.ts"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import { failure, type Log, ref } from "../ports/log.ts"
import { type MailAddress, mailAddress, type Permit, type Privacy, personal } from "../privacy/index.ts"
import type { Screening, Verdict } from "../screening/index.ts"
import type { ReturnTags } from "../sending/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"
import type { ReadReport } from "./delivery-reports.ts"
import type { Envelope, Outcome, Receive, RecipientAnswer } from "./envelope.ts"
import { type FilteredMail, type Filtering, isReport, type ReturnPaths, unfiltered } from "./filter/index.ts"
import { gather } from "./gather.ts"
import { headerFaultTexts } from "./header-faults.ts"
import { prepareArrival } from "./prepare.ts"
import type { ReportReader } from "./report-reader.ts"
import { type Content, type ScreenedArrival, screenArrival } from "./screen-arrival.ts"
import { received } from "./trace-fields.ts"

export interface ReceiveParts {
  readonly people: Pick<People, "findRecipient" | "findRecipientKept">
  readonly quotas: Quotas
  readonly privacy: Pick<Privacy, "gate">
  readonly screening: Screening<AccountId>
  readonly vaults: Pick<Vaults, "keyedHash">
  readonly keep: Keep
  /** Without it no filter runs. */
  readonly filtering?: Filtering
  /** Without them nothing is read of what others report. */
  readonly reports?: readonly ReportReader[]
  /** Without it return paths with tags are addresses like others. */
  readonly sent?: { readonly tags: Pick<ReturnTags, "read">; readonly readReport: ReadReport }
  /** Without it nothing is counted for reports to others. */
  readonly collector?: Pick<Collector, "count">
  readonly room: () => "enough" | "low"
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  /** This server's name in Received and Authentication-Results. */
  readonly hostname: string
  /** Octets of one message times its readers: each of them has a sealed copy. */
  readonly copiesLimit?: number
}

/** 50 MB to twenty people, or 10 MB to a hundred. */
export const defaultCopiesLimit = 1_000_000_000

export function createReceive(parts: ReceiveParts): Receive {
  return {
    room: parts.room,
    recipient: (address, declaredSize) => findRecipient(parts, address, declaredSize ?? 0),
    begin(envelope) {
      const id = parts.chance.bytes(12).toString("hex")
      const arrival = screenArrival(parts.privacy, parts.screening, envelope)
      const gathering = gather(
        block => arrival.header(content(block)),
        chunk => arrival.body(content(chunk)),
      )
      return {
        write: chunk => gathering.write(chunk),
        abandon: () => arrival.abandon(),
        async finish() {
          const started = parts.clock.now()
          try {
            const message = content(gathering.end())
            if (gathering.headerFault !== undefined) {
              arrival.abandon()
              return { kind: "refused", code: "content", text: headerFaultTexts[gathering.headerFault] }
            }
            const screened = await arrival.finish()
            const outcome = await conclude(parts, id, envelope, message, screened, started)
            if (screened.seen !== undefined && isFinal(outcome)) parts.collector?.count(screened.seen)
            if (outcome.kind === "refused")
              parts.log.event("receive.refused", { message: ref(id), why: outcome.code })
            if (outcome.kind === "later")
              parts.log.event("receive.put-off", { message: ref(id), why: outcome.why })
            return outcome
          } catch (error) {
            arrival.abandon()
            parts.log.event("receive.failed", { message: ref(id), error: failure(error) })
            return { kind: "later", why: "store" }
          }
        },
      }
    },
  }
}

const content = (bytes: Buffer): Content<Buffer> => personal("user.content.private.mail", bytes)

async function findRecipient(
  parts: ReceiveParts,
  address: MailAddress,
  size: number,
): Promise<RecipientAnswer> {
  const { privacy, people, quotas, filtering } = parts
  try {
    return await privacy.gate("mail.receive", { kind: "stranger" }, async permit => {
      if (filtering?.returns.isLikeOne(address, permit)) {
        const accountId = await filtering.returns.find(address, permit)
        return accountId === undefined ? { kind: "unknown" } : { kind: "local", accountId, address }
      }
      const local =
        (await findReturnPath(parts, address, permit)) ?? (await findAddress(people, address, permit))
      if (local.kind !== "local") return local
      return (await quotas.hasRoom(local.accountId, size)) ? local : { kind: "over-quota" }
    })
  } catch (error) {
    if (error instanceof Error && "temporary" in error && error.temporary === true) return { kind: "busy" }
    throw error
  }
}

type MayReceive = Permit<"mail.receive">

async function findAddress(
  people: ReceiveParts["people"],
  address: MailAddress,
  permit: MayReceive,
): Promise<RecipientAnswer> {
  const found = people.findRecipientKept(address, permit) ?? (await people.findRecipient(address, permit))
  return found.kind === "local" ? { ...found, address } : found
}

/** The return path of something that somebody here has sent: what comes is for them, without the tag that says what it was. */
async function findReturnPath(
  { people, sent }: ReceiveParts,
  address: MailAddress,
  permit: MayReceive,
): Promise<RecipientAnswer | undefined> {
  const tagged = sent?.tags.read(address.open(permit))
  if (tagged === undefined) return undefined
  const found = await findAddress(people, mailAddress(tagged.plain), permit)
  const sentMail = found.kind === "local" ? tagged.mailOf(found.accountId) : undefined
  return found.kind === "local" && sentMail !== undefined ? { ...found, sentMail } : undefined
}

/** From the last byte to the commit. */
async function conclude(
  parts: ReceiveParts,
  id: string,
  envelope: Envelope,
  message: Content<Buffer>,
  screened: ScreenedArrival,
  started: number,
): Promise<Outcome> {
  for (const verdict of screened.verdicts.values()) {
    if (verdict.kind === "later") return { kind: "later", why: "dns" }
    if (verdict.kind === "refuse") return refusalOf(verdict)
  }
  if (parts.room() === "low") return { kind: "later", why: "room" }
  const accounts = [...screened.verdicts.keys()]
  return await parts.privacy.gate("mail.receive", { kind: "accounts", accounts }, async permit => {
    const bytes = message.open(permit)
    if (bytes.length * accounts.length > (parts.copiesLimit ?? defaultCopiesLimit))
      return {
        kind: "refused",
        code: "too-large",
        text: "Too large for so many recipients; send it to fewer.",
      }
    const returns = parts.filtering?.returns
    if (
      returns !== undefined &&
      envelope.recipients.some(({ address }) => returns.isLikeOne(address, permit))
    )
      return await turnBack(parts, returns, id, { envelope, screened, message: bytes, permit })
    const now = parts.clock.now()
    const prepared = { id, now, hostname: parts.hostname, permit }
    const arrived = prepareArrival(bytes, envelope, screened, parts.vaults, prepared)
    const { recipients } = envelope
    const { verdicts, provenDomain } = screened
    const isPathNull = envelope.reversePath.open(permit) === ""
    const from = { isPathNull, provenDomain }
    const report = await parts.sent?.readReport({ recipients, verdicts, ...from, bytes, now })
    const keep = async (filtered: FilteredMail): Promise<Outcome> => {
      if (filtered.kind === "refused") return { kind: "refused", code: "policy", text: filtered.text }
      const { deliveries, faults } = filtered
      const alongside = together(filtered.alongside, report?.alongside)
      if (deliveries.length > 0 || alongside !== undefined) await parts.keep.keep(deliveries, alongside)
      parts.log.event("receive.kept", {
        message: ref(id),
        recipients: deliveries.length,
        bytes: bytes.length,
        junk: [...screened.verdicts.values()].filter(({ kind }) => kind === "junk").length,
        screenMs: now - started,
        commitMs: parts.clock.now() - now,
      })
      if (report !== undefined)
        parts.log.event("receive.reported", {
          message: ref(id),
          mail: ref(String(report.mail)),
          events: report.events,
        })
      for (const [account, said] of faults) parts.filtering?.tellFault(account, said)
      const wanted = envelope.recipients.filter(
        ({ accountId }) => screened.verdicts.get(accountId)?.kind === "accept",
      )
      const { scan } = arrived
      const { provenDomain: reporter, signers } = screened
      for (const reader of parts.reports ?? [])
        reader.take({ recipients: wanted, scan, reporter, signers }, permit)
      return { kind: "kept", id }
    }
    const filters = parts.filtering?.filters
    const active = await filters?.activeOf(accounts)
    if (filters === undefined || active === undefined) return await keep(unfiltered(arrived.readers))
    const { isPathProven } = screened
    // Who reports a failure to us would only lose the report; what says nothing that can be used is mail like other mail.
    const refusesAtDoor = report === undefined || report.events === 0
    const known = { id, now, isPathProven, provenDomain, isReport: report !== undefined, refusesAtDoor }
    const inHand = { ...envelope, ...arrived, ...known }
    return await filters.inTurn(active, async () => keep(await filters.run(inHand, arrived.readers, active)))
  })
}

/** What filters ask for, and what a report says. */
function together(filtered: Alongside | undefined, report: Alongside | undefined): Alongside | undefined {
  if (filtered === undefined || report === undefined) return filtered ?? report
  return { ...filtered, ...report, bytes: filtered.bytes + report.bytes }
}

interface ComeBack {
  readonly envelope: Envelope
  readonly screened: ScreenedArrival
  readonly message: Buffer
  readonly permit: Permit<"mail.receive">
}

/** A report about something that was forwarded: to its sender, and kept by nobody here. */
async function turnBack(
  parts: ReceiveParts,
  returns: ReturnPaths,
  id: string,
  { envelope, screened, message, permit }: ComeBack,
): Promise<Outcome> {
  const [recipient, ...others] = envelope.recipients
  if (
    recipient === undefined ||
    others.length > 0 ||
    envelope.reversePath.open(permit) !== "" ||
    screened.verdicts.get(recipient.accountId)?.kind !== "accept" ||
    !isReport(message)
  )
    return {
      kind: "refused",
      code: "policy",
      text: "This address takes a report of a failure, and nothing else.",
    }
  const now = parts.clock.now()
  const above = Buffer.from(received(envelope, parts.hostname, id, now, permit))
  const { accountId: account, address } = recipient
  const bytes = Buffer.concat([above, message])
  const done = await returns.turnBack({ account, address, bytes, now }, permit, back =>
    parts.keep.keep(back.deliveries, back.alongside),
  )
  if (done === "too-many")
    return { kind: "refused", code: "policy", text: "Too many reports came for this address today." }
  parts.log.event("receive.turned-back", { message: ref(id), bytes: message.length })
  return { kind: "kept", id }
}

/** Has the message met its fate, by what screening found? What is put off comes again. */
function isFinal(outcome: Outcome): boolean {
  return outcome.kind === "kept" || (outcome.kind === "refused" && outcome.code === "policy")
}

function refusalOf({ reasons: [first] }: Verdict): Outcome {
  const code = first?.code === "mail-loop" ? "loop" : "policy"
  return { kind: "refused", code, text: first?.sentence ?? "Not accepted." }
}
