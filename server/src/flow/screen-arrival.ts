/** Screens a message while it arrives: under one permit, from its envelope to the verdicts. */
import { splitFields } from "@letterkeep/dkim"
import type { Seen } from "../dmarc-reports/index.ts"
import type { Permit, Personal, Privacy } from "../privacy/index.ts"
import type { AuthEvidence, Ongoing, Screened, Screening, Verdict } from "../screening/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Envelope } from "./envelope.ts"
import { fieldSpans } from "./field-spans.ts"
import { isPathProven } from "./path-proof.ts"
import { seenByDmarc } from "./seen-by-dmarc.ts"

export type Content<T> = Personal<"user.content.private.mail", T>

export interface Arrival {
  header(block: Content<Buffer>): void
  body(chunk: Content<Buffer>): void
  /** When all has come. */
  finish(): Promise<ScreenedArrival>
  /** When no more will come. */
  abandon(): void
}

export interface ScreenedArrival {
  readonly authResultsHeader: string
  /** The domain in From, where something vouches for it; lower case. */
  readonly provenDomain: string | undefined
  /** Domains whose signatures (DKIM) hold; lower case. */
  readonly signers: readonly string[]
  /** The domain of the return path vouches for it: a report may go there. */
  readonly isPathProven: boolean
  /** For a report to that domain, where it asks for one. */
  readonly seen: Seen | undefined
  /** One an account, however many of its addresses were named. */
  readonly verdicts: ReadonlyMap<AccountId, Verdict>
  /** For somebody whom a filter passes it on to. */
  readonly verdictFor: (account: AccountId) => Promise<Verdict>
  /** Where fields lie that claim to be our own Authentication-Results or verdict, as [start, end) of the message. */
  readonly forged: readonly (readonly [start: number, end: number])[]
}

/** The peer went away: nobody waits for the verdict. */
class AbandonedError extends Error {
  override readonly name = "AbandonedError"
  readonly temporary = true
}

export function screenArrival(
  privacy: Pick<Privacy, "gate">,
  screening: Screening<AccountId>,
  envelope: Envelope,
): Arrival {
  const arrived = Promise.withResolvers<void>()
  const held: { work?: { permit: Permit<"mail.screen">; ongoing: Ongoing<AccountId> } } = {}
  let forged: ScreenedArrival["forged"] = []

  const accounts = [...new Set(envelope.recipients.map(recipient => recipient.accountId))]
  // The gate runs its work at once: the permit is there before the first byte.
  const screened = privacy.gate("mail.screen", { kind: "accounts", accounts }, async permit => {
    const { source, helo, reversePath } = envelope
    const ip = source.ip.open(permit)
    const path = reversePath.open(permit)
    const ongoing = screening.begin({
      source: { ip },
      helo: helo.open(permit),
      reversePath: reversePath.open(permit),
    })
    held.work = { permit, ongoing }
    await arrived.promise
    const screened = await ongoing.finish()
    const verdicts = await verdictsFor(accounts, screened)
    const { authResultsHeader, shared } = screened
    const seen = seenByDmarc(shared, { ip, reversePath: path })
    const proven = {
      ...{ provenDomain: provenDomainOf(shared), isPathProven: isPathProven(shared, path) },
      signers: signersOf(shared),
    }
    const verdictFor = (account: AccountId) => screened.forRecipient(account)
    return { authResultsHeader, ...proven, seen, verdicts, verdictFor, forged }
  })
  screened.catch(() => undefined) // whoever calls `finish` hears of it; after `abandon` nobody does

  const atWork = (): { permit: Permit<"mail.screen">; ongoing: Ongoing<AccountId> } => {
    if (held.work === undefined) throw new Error("screening did not begin")
    return held.work
  }
  return {
    header(block) {
      const { permit, ongoing } = atWork()
      const fields = splitFields(block.open(permit))
      const found = ongoing.headers(fields)
      forged = fieldSpans(fields, found.forged)
    },
    body(chunk) {
      const { permit, ongoing } = atWork()
      ongoing.body(chunk.open(permit))
    },
    async finish() {
      arrived.resolve()
      return await screened
    },
    abandon() {
      held.work?.ongoing.abandon()
      arrived.reject(new AbandonedError("the peer went away"))
    },
  }
}

async function verdictsFor(
  accounts: readonly AccountId[],
  screened: Screened<AccountId>,
): Promise<Map<AccountId, Verdict>> {
  const verdicts = await Promise.all(accounts.map(account => screened.forRecipient(account)))
  return new Map(accounts.map((account, index) => [account, verdicts[index] as Verdict])) // one for each, in order
}

function signersOf(evidence: AuthEvidence): readonly string[] {
  if (evidence.authentication === "off") return []
  return evidence.dkim.flatMap(({ result, domain }) =>
    result === "pass" && domain !== undefined ? [domain.toLowerCase()] : [],
  )
}

function provenDomainOf(evidence: AuthEvidence): string | undefined {
  if (evidence.authentication === "off" || evidence.proof === "unproven") return undefined
  const { author } = evidence.dmarc
  return author.kind === "one" ? author.domain : undefined
}
