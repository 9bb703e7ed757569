/** From a screened message to one delivery a reader: trace fields on top, threads by hash, and the entry. */
import { type MessageScan, scanMessage } from "@letterkeep/mime"
import { prepareEntry, threadIdsOf } from "../messages/index.ts"
import type { Permit } from "../privacy/index.ts"
import type { Verdict } from "../screening/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Envelope, EnvelopeRecipient } from "./envelope.ts"
import type { Filing, Reader } from "./filter/index.ts"
import type { ScreenedArrival } from "./screen-arrival.ts"
import { received, returnPath, screeningField } from "./trace-fields.ts"

export interface Prepared {
  readonly id: string
  readonly now: number
  readonly hostname: string
  readonly permit: Permit<"mail.receive">
}

interface PreparedArrival {
  /** Of the message without what claims to be ours. */
  readonly scan: MessageScan
  /** The Received field. */
  readonly received: string
  /** One an account, in the order in which they were named. */
  readonly readers: readonly Reader[]
}

export function prepareArrival(
  message: Buffer,
  envelope: Envelope,
  screened: ScreenedArrival,
  vaults: Pick<Vaults, "keyedHash">,
  { id, now, hostname, permit }: Prepared,
): PreparedArrival {
  const kept = withoutSpans(message, screened.forged)
  const scan = scanMessage(kept)
  const entryFor = prepareEntry(scan)
  const ids = threadIdsOf(scan)
  const passed = received(envelope, hostname, id, now, permit)
  const trace = returnPath(envelope, permit) + passed + screened.authResultsHeader
  const readerFor = (
    account: AccountId,
    verdict: Verdict,
    recipient: Omit<EnvelopeRecipient, "accountId">,
  ): Reader => {
    const above = Buffer.from(trace + screeningField(verdict.kind, verdict.reasons))
    const usual: Filing = {
      into: [{ kind: "role", role: verdict.kind === "accept" ? "inbox" : "junk" }],
      keywords: verdict.kind === "accept" ? [] : ["$junk"],
    }
    return {
      account,
      recipient,
      isJunk: verdict.kind !== "accept",
      above,
      usual,
      deliver: ({ into, keywords }) => ({
        account,
        into,
        keywords,
        receivedAt: now,
        parts: [above, kept],
        // Junk joins no conversation by what it claims to answer, and makes none of two.
        threadHashes: (verdict.kind === "accept" ? ids.all : ids.own).map(each =>
          vaults.keyedHash(account, "message-id", each),
        ),
        entry: entryFor(above.length, verdict),
      }),
      async passOn(other, address) {
        const own = await screened.verdictFor(other)
        // It was taken in, and is refused no more.
        return readerFor(other, own.kind === "accept" ? own : { ...own, kind: "junk" }, { address })
      },
    }
  }
  const readers = [...screened.verdicts].map(([account, verdict]) => {
    const recipient = envelope.recipients.find(each => each.accountId === account)
    if (recipient === undefined) throw new Error("a verdict for nobody that the message is for")
    return readerFor(account, verdict, recipient)
  })
  return { scan, received: passed, readers }
}

/** `spans` in ascending order. */
function withoutSpans(message: Buffer, spans: readonly (readonly [number, number])[]): Buffer {
  if (spans.length === 0) return message
  const left: Buffer[] = []
  let from = 0
  for (const [start, end] of spans) {
    left.push(message.subarray(from, start))
    from = end
  }
  return Buffer.concat([...left, message.subarray(from)])
}
