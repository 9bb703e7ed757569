import type { TestContext } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { mailAddress, mailContent } from "../../privacy/index.ts"
import { testPrivacy } from "../../privacy/test-privacy.ts"
import { type AccountId, createTableRows } from "../../store/index.ts"
import { makeAccount, makeHolder, openTestVaults } from "../../vaults/open-test-vaults.ts"
import type { MailId, OutgoingMail } from "../contract.ts"
import { openQueue } from "./open-queue.ts"

export const minute = 60_000

interface Put {
  readonly to?: readonly string[]
  readonly text?: string | Buffer
  readonly more?: Partial<OutgoingMail>
}

/** A queue over a real database, and as many further nodes as are asked for. */
export async function openTestQueue(t: TestContext) {
  const house = await openTestVaults(t)
  const { store, log } = house
  const node = async () => {
    const vaults = await house.again()
    return openQueue({ store, vaults, chance: systemChance, log })
  }
  const queue = openQueue({ store, vaults: house.vaults, chance: systemChance, log })

  const outgoing = (
    account: AccountId,
    { to = ["carla@far.test"], text = "", more = {} }: Put,
  ): OutgoingMail => {
    const bytes = Buffer.from(text)
    return {
      account,
      reversePath: mailAddress("anna@near.test", account),
      recipients: to.map(address => ({ address: mailAddress(address, account) })),
      parts: [mailContent(bytes, account)],
      size: bytes.length,
      signedBy: undefined,
      smtputf8: false,
      body: "7BIT",
      requireTls: false,
      receivedAt: Date.UTC(2026, 2, 4),
      notBefore: Date.UTC(2026, 2, 4),
      expiresAt: Date.UTC(2126, 2, 4),
      kind: "submitted",
      ...more,
    }
  }
  const put = async (account: AccountId, what: Put = {}): Promise<MailId> => {
    const rows = await testPrivacy.gate("mail.send", { kind: "account", account }, permit =>
      queue.prepare(outgoing(account, what), permit),
    )
    await store.transaction(async tx => {
      const tables = createTableRows()
      rows.addTo(tables)
      await store.copyIn(tx, ...tables.all())
      await queue.notifyDue(tx)
    })
    return rows.mail
  }
  return {
    ...house,
    queue,
    node,
    put,
    outgoing,
    addAccount: () => makeAccount(house, makeHolder()),
    settle: (...settlements: Parameters<typeof queue.settle>[1]) =>
      store.transaction(tx => queue.settle(tx, settlements)),
    /** For the queue: whatever is due later, or leased, is so by this much less. */
    letPass: async (ms: number) => {
      await store.sql`update queued_recipient set due_at = due_at - ${ms}::bigint * interval '1 ms'`
      await store.sql`update queued_mail set not_before = not_before - ${ms}::bigint * interval '1 ms'`
    },
  }
}

export const wish = { limit: 100, each: 100, leaseMs: 5 * minute, busy: [] }
