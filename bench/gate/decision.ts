/** One decision: a permit given, a value opened with it, the permit ended. In one process, nothing else under way. */
import { systemClock } from "../../server/src/ports/clock.ts"
import { createPrivacy, mailContent } from "../../server/src/privacy/index.ts"
import { type AccountId, asId } from "../../server/src/store/ids.ts"
import { quantile } from "../measure/quantile.ts"
import type { BenchTable } from "../measure/result.ts"

const warmUp = 20_000
/** Accounts that a message for many names. */
const readers = 20

export async function measureDecision(times: number): Promise<BenchTable> {
  const { gate } = createPrivacy({ clock: systemClock })
  const accounts = Array.from({ length: readers }, (_, at) => asId<AccountId>(at + 1))
  const last = asId<AccountId>(readers)
  const value = mailContent(Buffer.alloc(20_000), last)
  const one = async (): Promise<number> => {
    const before = performance.now()
    await gate("mail.read", { kind: "account", account: last }, async permit => value.open(permit))
    return (performance.now() - before) * 1_000
  }
  const many = async (): Promise<number> => {
    const before = performance.now()
    await gate("mail.read", { kind: "accounts", accounts }, async permit => value.open(permit))
    return (performance.now() - before) * 1_000
  }
  const rows: (string | number)[][] = []
  for (const [label, decide] of [
    ["about one account", one],
    [`about ${readers} accounts`, many],
  ] as const) {
    for (let at = 0; at < warmUp; at++) await decide()
    const took: number[] = []
    for (let at = 0; at < times; at++) took.push(await decide())
    rows.push([label, quantile(took, 0.5), quantile(took, 0.99), quantile(took, 0.999)])
  }
  return { title: "One decision, µs", columns: ["", "p50", "p99", "p99.9"], rows }
}
