/** Letters for tests of filters, and what became of them. */
import type { DnsTable } from "@letterkeep/dns"
import type { openTestHouse } from "../open-test-house.ts"

export type TestHouse = Awaited<ReturnType<typeof openTestHouse>>

/** What the DNS says where far.test vouches for the test's peer. */
export const vouchedFor: DnsTable = { "far.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] } }

export const letter = (subject: string, more: readonly string[] = [], from = "carla@far.test"): string =>
  [
    ...[`From: ${from}`, "To: anna@near.test", "Date: Tue, 3 Nov 2026 04:05:06 +0000", `Subject: ${subject}`],
    ...[...more, "", "Good day", ""],
  ].join("\r\n")

/** The mailboxes that a person's mail stands in, with the subject of each. */
export async function foundBy({ mailOf }: Pick<TestHouse, "mailOf">, name = "anna"): Promise<string[]> {
  const mail = await mailOf(name)
  return mail.map(({ mailbox, body }) => `${mailbox}: ${/^Subject: (.*)\r$/m.exec(body)?.[1]}`).sort()
}

export interface Waiting {
  readonly kind: string
  readonly from: string
  readonly to: readonly string[]
  readonly notify: readonly string[] | undefined
  readonly signedBy: string | undefined
  readonly text: string
}

/** What waits in the queue and was not asked for before, by whom it is for. */
export async function queuedIn({ queue, privacy }: Pick<TestHouse, "queue" | "privacy">): Promise<Waiting[]> {
  const { claimed } = await queue.claim({ limit: 100, each: 100, leaseMs: 600_000, busy: [] })
  const waiting = await Promise.all(
    claimed.map(mail =>
      privacy.gate(
        "mail.send",
        { kind: "account", account: mail.account },
        async (permit): Promise<Waiting> => {
          const text = (await mail.text()).open(permit).toString("latin1")
          return {
            kind: mail.kind,
            from: mail.reversePath.open(permit),
            to: mail.recipients.map(({ address }) => address.open(permit)),
            notify: mail.recipients[0]?.notify,
            signedBy: mail.signedBy,
            text,
          }
        },
      ),
    ),
  )
  return waiting.sort((a, b) => (a.to.join() < b.to.join() ? -1 : 1))
}
