import { recordingLog } from "../../ports/log.ts"
import { createMetrics } from "../../ports/metrics.ts"
import type { AccountId } from "../../store/index.ts"
import type { ChoiceValue } from "../choices/contract.ts"
import { createPrivacy } from "../gate.ts"
import type { LedgerEvent } from "../ledger/contract.ts"
import type { Recipient } from "../policy/index.ts"
import { type Agreement, declaredFor } from "./agreement.ts"
import { createDisclosing, type DisclosingParts } from "./disclose.ts"
import { recipientNames } from "./facts.ts"

export type Written = { readonly subject: AccountId | null; readonly event: LedgerEvent }

/** The way out with a register and a ledger in memory, both in the test's hands. */
export function openTestDisclosing(
  more: Pick<DisclosingParts, "declared" | "handling"> & { readonly choice?: ChoiceValue } = {},
) {
  const time = { now: 1_000_000 }
  const clock = { now: () => time.now }
  const agreements = new Map(recipientNames.map((recipient, at) => [recipient, standing(recipient, at + 1)]))
  const written: Written[] = []
  /** What a write waits for; it may reject. */
  const ledger: { before: () => Promise<void> } = { before: async () => undefined }
  const metrics = createMetrics()
  const log = recordingLog()
  const disclosing = createDisclosing({
    agreements: { inForce: recipient => agreements.get(recipient) },
    ledger: {
      async recordNow(subject, event) {
        await ledger.before()
        written.push({ subject, event })
      },
    },
    choices: { now: async () => more.choice ?? "no" },
    clock,
    log,
    metrics,
    ...(more.declared === undefined ? {} : { declared: more.declared }),
    ...(more.handling === undefined ? {} : { handling: more.handling }),
  })
  return {
    privacy: createPrivacy({ clock, disclosing }),
    agreements,
    written,
    ledger,
    metrics,
    log,
    clock,
    change(recipient: Recipient, changed: Partial<Agreement>) {
      const agreement = agreements.get(recipient)
      if (agreement !== undefined) agreements.set(recipient, { ...agreement, ...changed })
    },
    pass(ms: number) {
      time.now += ms
    },
  }
}

function standing(recipient: Recipient, id: number): Agreement {
  return {
    id,
    recipient,
    ...declaredFor(recipient),
    country: undefined,
    ground: undefined,
    agreedAt: 0,
    until: undefined,
    endedAt: undefined,
  }
}
