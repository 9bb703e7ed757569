import assert from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import { createReception, openReportRows } from "../dmarc-reports/index.ts"
import {
  createFirstMailboxes,
  createKeep,
  createPlacing,
  createQuotas,
  listMailboxes,
  listMessages,
  openBody,
  openSealedIndex,
} from "../messages/index.ts"
import { openFilters } from "../people/filters/index.ts"
import { openPeople, ownAddresses, primaryAddress } from "../people/index.ts"
import { systemChance } from "../ports/chance.ts"
import { systemClock } from "../ports/clock.ts"
import { recordingLog, silentLog } from "../ports/log.ts"
import { systemTimer } from "../ports/timer.ts"
import {
  createPrivacy,
  filterText,
  ipAddress,
  mailAddress,
  organisation,
  peerWord,
  secret,
} from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { createScreening } from "../screening/index.ts"
import { createReturnTags, createTlsReception, openQueue, openTlsReportRows } from "../sending/index.ts"
import { atEnd } from "../store/at-end.ts"
import type { AccountId } from "../store/ids.ts"
import { openTestStore } from "../store/test-store.ts"
import { openVaults } from "../vaults/index.ts"
import { createReadReport } from "./delivery-reports.ts"
import type { Envelope, Outcome } from "./envelope.ts"
import { createMailFilters, createReturnPaths, createTellFault, type FilterParts } from "./filter/index.ts"
import { createReceive, type ReceiveParts } from "./receive.ts"

/** What lies between the doors and the disk, on a database of its own: Anna and Ben at near.test. */
export const password = "correct horse battery"

export async function openTestHouse(
  t: TestContext,
  dns: DnsTable = {},
  {
    moreOctets,
    ...changed
  }: Pick<ReceiveParts, "copiesLimit" | "collector"> & Pick<FilterParts, "moreOctets"> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "letterkeep-receive-"))
  const store = await openTestStore(t)
  const privacy = createPrivacy({ clock: systemClock })
  const parts = { store, privacy, clock: systemClock, chance: systemChance, log: silentLog }
  const vaults = await openVaults({ ...parts, keyFile: join(folder, "keys.json") })
  const people = await openPeople({
    ...parts,
    vaults,
    onAccountOpened: (tx, account) => createFirstMailboxes(tx, vaults, account, 0, null),
    onNotice: () => undefined,
  })
  const sealedIndex = openSealedIndex({ ...parts, vaults })
  atEnd(t, async () => {
    await sealedIndex.close()
    await people.close()
    await vaults.close()
    await rm(folder, { recursive: true, force: true })
  })
  await people.addOrg(organisation("Near"))
  await people.addDomain(organisation("near.test"))
  for (const name of ["anna", "ben"])
    await people.addAccount(mailAddress(`${name}@near.test`), secret(password))

  const disk: { room: "enough" | "low" } = { room: "enough" }
  const log = recordingLog()
  const filters = await openFilters({ ...parts, vaults, onNotice: () => undefined })
  atEnd(t, () => filters.close())
  const quotas = createQuotas(store, systemClock)
  const keep = createKeep(store, vaults, systemChance)
  const queue = openQueue({ ...parts, vaults })
  const ground = { ...parts, vaults, people, filters, quotas, keep, queue, log, hostname: "mx.near.test" }
  const tellFault = createTellFault({ ...ground, addressOf: account => primaryAddress(store, account) })
  const filterParts = {
    ...ground,
    placing: createPlacing({ store, vaults, clock: systemClock }),
    addressesOf: (account: AccountId) => ownAddresses(store, account),
    retryMs: 5 * 24 * 60 * 60 * 1000,
    ...(moreOctets === undefined ? {} : { moreOctets }),
  }
  const filtering = {
    filters: createMailFilters(filterParts),
    tellFault: tellFault.tell,
    returns: createReturnPaths(filterParts),
  }
  const reportRows = openReportRows({ ...parts, vaults })
  const reports = createReception({ ...parts, rows: reportRows, timer: systemTimer, log })
  atEnd(t, () => reports.idle())
  const tlsReportRows = openTlsReportRows({ ...parts, vaults })
  const tlsReception = createTlsReception({ ...parts, rows: tlsReportRows, log })
  atEnd(t, () => tlsReception.idle())
  const returnTags = createReturnTags(vaults)
  const receive = createReceive({
    people,
    sent: { tags: returnTags, readReport: createReadReport({ ...parts, vaults }) },
    reports: [reports, tlsReception],
    quotas,
    filtering,
    privacy,
    screening: createScreening<AccountId>({
      resolver: createTableResolver(dns),
      rules: (account, from, envelopeFrom) =>
        people.senderRules(account, mailAddress(from), mailAddress(envelopeFrom)),
      hostname: "mx.near.test",
      clock: systemClock,
      timer: systemTimer,
      authentication: true,
    }),
    vaults,
    keep,
    room: () => disk.room,
    clock: systemClock,
    chance: systemChance,
    log,
    hostname: "mx.near.test",
    ...changed,
  })

  /** What the person finds after sign-in. */
  const mailOf = async (name: string) => {
    const signedIn = await people.signIn(mailAddress(`${name}@near.test`), secret(password), "control")
    assert.equal(signedIn.kind, "signed-in")
    if (signedIn.kind !== "signed-in") return []
    const { session } = signedIn
    const names = new Map(
      (await listMailboxes(store.sql, vaults, session.account)).map(box => [box.id, opened(box.name)]),
    )
    const found: { mailbox: string; body: string; reasons: string[] }[] = []
    await privacy.gate("mail.read", { kind: "account", account: session.account }, async permit => {
      for await (const message of listMessages({ store, sealedIndex }, session)) {
        const chunks: Buffer[] = []
        for await (const chunk of openBody(store, session, message.body)) chunks.push(chunk.open(permit))
        found.push({
          mailbox: names.get(message.mailbox) ?? "",
          body: Buffer.concat(chunks).toString("latin1"),
          reasons:
            message.summary
              ?.open(permit)
              .screening()
              .reasons.map(reason => reason.code) ?? [],
        })
      }
    })
    session.close()
    return found
  }

  const envelopeTo = async (...names: string[]): Promise<Envelope> => {
    const recipients = await Promise.all(
      names.map(async name => {
        const found = await receive.recipient(mailAddress(`${name}@near.test`))
        assert.equal(found.kind, "local")
        return found.kind === "local" ? [found] : []
      }),
    )
    return {
      source: { ip: ipAddress("192.0.2.1"), port: 4000 },
      helo: peerWord("mx.far.test"),
      protocol: "ESMTP",
      reversePath: mailAddress("carla@far.test"),
      recipients: recipients.flat(),
      smtputf8: false,
      body: "7BIT",
      requireTls: false,
    }
  }
  const deliver = async (message: string, ...names: string[]): Promise<Outcome> => {
    const incoming = receive.begin(await envelopeTo(...names))
    // In pieces, as a socket would bring it.
    for (let at = 0; at < message.length; at += 1000)
      incoming.write(Buffer.from(message.slice(at, at + 1000), "latin1"))
    return await incoming.finish()
  }
  /** The person's filter from now on. */
  const setFilter = async (name: string, script: string): Promise<void> => {
    const signedIn = await people.signIn(mailAddress(`${name}@near.test`), secret(password), "control")
    assert.ok(signedIn.kind === "signed-in")
    const { session } = signedIn
    const done = await filters.own.set(session, filterText("main"), filterText(script))
    session.close()
    assert.equal(done.kind, "set", done.kind === "faulty" ? done.faults[0]?.text : "")
  }
  return {
    ...{ receive, deliver, privacy, vaults, sealedIndex, mailOf, envelopeTo, people, store, disk, log },
    ...{ filters, filtering, setFilter, queue, tellFault, reports, reportRows },
    ...{ tlsReception, tlsReportRows, returnTags },
  }
}
