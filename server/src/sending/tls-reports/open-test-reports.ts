import type { TestContext } from "node:test"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import type { SeenSession } from "@letterkeep/tls-rpt"
import { openPeople } from "../../people/index.ts"
import { systemChance } from "../../ports/chance.ts"
import { createPrivacy, mailAddress, organisation, secret } from "../../privacy/index.ts"
import { atEnd } from "../../store/at-end.ts"
import { openTestVaults } from "../../vaults/open-test-vaults.ts"
import { openQueue } from "../queue/open-queue.ts"
import { createDomainKeys } from "../signing/domain-keys.ts"
import { recordName as keyName, recordText as keyText } from "../signing/key-record.ts"
import { openSigning } from "../signing/signing.ts"
import { openTlsReports, type TlsReports } from "./open-tls-reports.ts"

export const hour = 60 * 60_000

/**
 * Nodes that count and report, over one real database, with a clock in the test's hands. near.test is ours, with an
 * administrator; its keys sign once `signs` was called.
 */
export async function openTestReports(t: TestContext, dns: DnsTable) {
  const house = await openTestVaults(t)
  const { store, clock, log } = house
  const shared = { store, clock, log, chance: systemChance, privacy: createPrivacy({ clock }) }
  const { vaults } = house
  const people = await openPeople({
    ...shared,
    vaults,
    onAccountOpened: async () => undefined,
    onNotice: () => undefined,
  })
  atEnd(t, () => people.close())
  await people.addOrg(organisation("Near"))
  await people.addDomain(organisation("near.test"))
  await people.addAccount(mailAddress("anna@near.test"), secret("correct horse battery"))
  const queue = openQueue({ ...shared, vaults })
  const node = async (isWanted = true): Promise<TlsReports> => {
    const own = await house.again()
    const signing = await openSigning({ ...shared, vaults: own })
    atEnd(t, () => signing.close())
    const resolver = createTableResolver(dns)
    return openTlsReports({ ...shared, vaults: own, people, queue, signing, resolver, isWanted })
  }
  /** The DNS that shows the keys. */
  const signs = async (): Promise<DnsTable> => {
    const keys = createDomainKeys({ ...shared, vaults })
    const made = await keys.ensure("near.test")
    const table: DnsTable = Object.fromEntries(
      (made ?? []).map(key => [keyName(key.domain, key.selector), { txt: [keyText(key)] }]),
    )
    await keys.look("near.test", createTableResolver(table))
    return table
  }
  /** What is to be sent, each message once. */
  const queued = async () => {
    const { claimed } = await queue.claim({ limit: 100, each: 100, leaseMs: 60_000, busy: [] })
    const mails = []
    for (const mail of claimed)
      mails.push(
        await shared.privacy.gate("mail.send", { kind: "account", account: mail.account }, async permit => ({
          ...mail,
          from: mail.reversePath.open(permit),
          to: mail.recipients.map(({ address }) => address.open(permit)),
          bytes: (await mail.text()).open(permit),
        })),
      )
    return mails
  }
  const kept = async () => [...(await store.sql`select day, domain_hash from tls_report_count`)]
  return { ...house, ...shared, people, queue, node, signs, queued, kept }
}

export const safe = (domain: string): SeenSession => ({
  policy: { kind: "sts", domain, lines: ["mode: enforce"], hosts: [`mx.${domain}`] },
  outcome: { kind: "successful" },
})

export const expired = (domain: string, host = `mx.${domain}`): SeenSession => ({
  policy: { kind: "sts", domain, lines: ["mode: enforce"], hosts: [`mx.${domain}`] },
  outcome: {
    kind: "failed",
    result: "certificate-expired",
    host,
    sendingIp: "192.0.2.1",
    receivingIp: "192.0.2.9",
  },
})
