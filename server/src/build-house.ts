/** Builds the house behind the doors, from the store up: the order is the one in which parts need each other. */
import { hostname as machineName } from "node:os"
import type { NameResolver, Resolver } from "@letterkeep/dns"
import type { ServeArguments } from "./arguments.ts"
import { type Certificates, openCertificates } from "./certificates/index.ts"
import type { Closing } from "./closing.ts"
import type { Configuration } from "./configuration/index.ts"
import { createNotify, createReadReport, createReceive, createTellLook } from "./flow/index.ts"
import {
  createContents,
  createFirstMailboxes,
  createKeep,
  createMail,
  createQuotas,
  type Keep,
  openSealedIndex,
} from "./messages/index.ts"
import { openDmarcReports } from "./open-dmarc-reports.ts"
import { openFiltering } from "./open-filtering.ts"
import { openSending } from "./open-sending.ts"
import { openPeople, type People, primaryAddress } from "./people/index.ts"
import { policyFacts } from "./policy-facts.ts"
import { type Certificate, loadCertificate, readRoots } from "./ports/certificate.ts"
import { type Chance, systemChance } from "./ports/chance.ts"
import { type Clock, systemClock } from "./ports/clock.ts"
import { failure, type Log } from "./ports/log.ts"
import { createMetrics } from "./ports/metrics.ts"
import { createResolver, dnsServers, lookUpHost, machineRoots } from "./ports/network/index.ts"
import { systemTimer } from "./ports/timer.ts"
import {
  type Choices,
  createDisclosing,
  createLedger,
  createPrivacy,
  createStaffAccess,
  createStaffRegister,
  discloseToDns,
  mailAddress,
  openChoices,
  openRegister,
  type Privacy,
  recordingKeys,
} from "./privacy/index.ts"
import { openPolicy, policyInEffect } from "./privacy/policy/index.ts"
import { createScreening } from "./screening/index.ts"
import {
  createDomainKeys,
  createReturnTags,
  createTlsReception,
  openQueue,
  openSigning,
  openTlsReportRows,
} from "./sending/index.ts"
import { type AccountId, openStore, type Store } from "./store/index.ts"
import { startTelling } from "./telling/index.ts"
import { openVaults, type Vaults } from "./vaults/index.ts"

export interface Ground {
  readonly configuration: Configuration
  readonly asked: ServeArguments
  readonly log: Log
  readonly closing: Closing
  readonly clock: Clock
  readonly chance: Chance
  /** This server's name to the world. */
  readonly hostname: string
}

export function layGround(
  configuration: Configuration,
  asked: ServeArguments,
  log: Log,
  closing: Closing,
): Ground {
  const hostname = configuration.smtp.hostname === "" ? machineName() : configuration.smtp.hostname
  return { configuration, asked, log, closing, clock: systemClock, chance: systemChance, hostname }
}

export type House = Awaited<ReturnType<typeof buildHouse>>

export async function buildHouse(ground: Ground) {
  const { configuration, asked, log, closing, clock, chance } = ground
  const metrics = createMetrics()
  const store = await openStore({
    dataFolder: asked.dataFolder,
    databaseUrl: configuration.store.databaseUrl,
    lowWaterBytes: configuration.store.lowWater,
    limits: { connections: configuration.store.pool },
    clock,
    log,
  })
  closing.add(() => store.close())
  process.once("exit", () => store.quit())
  const ownVaults = await openVaults({ store, clock, chance, log, keyFile: configuration.keys.file })
  closing.add(() => ownVaults.close())
  const inEffect = policyInEffect()
  const policyLabel = inEffect.label
  const recorded = { store, clock, log, policyLabel }
  const ledger = await createLedger({ ...recorded, vaults: ownVaults, chance, metrics })
  closing.add(() => ledger.close())
  const vaults = recordingKeys(ownVaults, ledger)
  const facts = policyFacts(configuration)
  const policy = await openPolicy({ store, vaults, ledger, clock, facts, inEffect })
  const register = await openRegister({ store, vaults, ledger, clock, log })
  closing.add(() => register.close())
  const choices = await openChoices({ ...recorded, vaults, ledger })
  closing.add(() => choices.close())
  const disclosing = createDisclosing({ agreements: register, ledger, choices, clock, log, metrics })
  const privacy = createPrivacy({
    clock,
    disclosing,
    choices,
    choiceVersion: choices.versionKept,
    policyLabel,
  })
  const keep = createKeep(store, vaults, chance)
  const people = await openPeopleWithNotices(ground, { privacy, store, vaults, keep, choices })
  const tellParts = { ...ground, privacy, vaults, keep }
  const tell = createTellLook({ ...tellParts, addressOf: account => primaryAddress(store, account) })
  const staffRegister = createStaffRegister({ store, vaults, clock, log })
  const staff = createStaffAccess({ privacy, store, ledger, register: staffRegister, clock, log, tell })
  const telling = await startTelling(store)
  closing.add(() => telling.close())
  const resolver = openResolver(ground, privacy)
  const certificates = await openAuthority(ground, { privacy, store, vaults, resolver })
  const certificate = await openCertificate(ground, certificates)
  metrics.readGauge(
    "letterkeep_certificate_expires_seconds",
    "When the certificate in force runs out, in seconds since 1970",
    () => certificate.current().expiresAt / 1000,
  )
  const domainKeys = createDomainKeys({ store, vaults, clock, log })
  const signing = await openSigning({ store, vaults, clock, log })
  closing.add(() => signing.close())
  const screening = createScreeningFor(ground, privacy, people, discloseToDns(privacy, resolver.over))
  const quotas = createQuotas(store, clock)
  const room = () => store.room()
  const queue = openQueue({ ...ground, store, vaults })
  const outline = { store, vaults, privacy, people, quotas, keep, queue }
  const { filters, filtering } = await openFiltering(ground, outline)
  const dmarcReports = openDmarcReports(ground, { ...outline, signing, resolver })
  const { reception, collector } = dmarcReports
  const tlsReportRows = openTlsReportRows({ ...ground, store, vaults })
  const tlsReception = createTlsReception({ ...ground, rows: tlsReportRows, privacy })
  closing.add(() => tlsReception.idle())
  const reports = [reception, tlsReception]
  const returnTags = createReturnTags(vaults)
  const sent = { tags: returnTags, readReport: createReadReport({ ...ground, store, vaults }) }
  const receive = createReceive({
    ...{ ...ground, ...outline, screening, room, filtering, reports, sent },
    ...(collector === undefined ? {} : { collector }),
  })
  const sending = openSending(ground, { ...outline, signing, resolver, metrics, filtering, returnTags })
  const sealedIndex = openSealedIndex({ ...ground, store, vaults, privacy, onChange: telling.onChange })
  closing.add(() => sealedIndex.close())
  const contents = createContents(store, sealedIndex)
  const openMail = createMail({ ...ground, store, vaults, privacy, contents })
  return {
    metrics,
    ledger,
    choices,
    policy,
    register,
    privacy,
    store,
    vaults,
    certificate,
    certificates,
    people,
    staff,
    staffRegister,
    telling,
    resolver,
    domainKeys,
    signing,
    filters,
    dmarcReports,
    tlsReportRows,
    receive,
    sending,
    sealedIndex,
    openMail,
  }
}

/**
 * The certificate in force: an authority's, where one is asked and has issued; or the operator's, which `kill -HUP` reads
 * again when it was renewed; or our own.
 */
async function openCertificate(
  ground: Ground,
  certificates: Certificates | undefined,
): Promise<{ readonly current: () => Certificate }> {
  const { configuration, asked, hostname, clock, chance, log, closing } = ground
  const load = (): Promise<Certificate> =>
    loadCertificate({
      given:
        configuration.tls === undefined
          ? undefined
          : { certFile: configuration.tls.cert, keyFile: configuration.tls.key },
      dataFolder: asked.dataFolder,
      names: [hostname],
      clock,
      chance,
    })
  let certificate = await load()
  const reload = (): void =>
    void load().then(
      loaded => {
        certificate = loaded
        log.event("tls.certificate-loaded", { selfSigned: loaded.selfSigned })
      },
      error => log.event("tls.certificate-failed", { error: failure(error) }),
    )
  process.on("SIGHUP", reload)
  closing.add(() => process.off("SIGHUP", reload))
  return { current: () => certificates?.current() ?? certificate }
}

/** Certificates of an authority; undefined where none is asked. */
async function openAuthority(
  { configuration, clock, chance, log, closing }: Ground,
  parts: {
    readonly privacy: Privacy
    readonly store: Store
    readonly vaults: Vaults
    readonly resolver: Pick<Resolver, "a" | "aaaa">
  },
): Promise<Certificates | undefined> {
  const settings = configuration.acme
  if (settings === undefined) return undefined
  const { privacy, store, vaults, resolver } = parts
  const certificates = await openCertificates({
    store,
    vaults,
    settings,
    clock,
    chance,
    log,
    timer: systemTimer,
    egress: privacy.egressFor("account.serve", "certificate-authority", ["user.organisation"]),
    lookup: (name, signal) => lookUpHost(resolver, name, signal),
    roots:
      settings.roots === undefined ? machineRoots() : [...machineRoots(), await readRoots(settings.roots)],
  })
  closing.add(() => certificates.close())
  return certificates
}

interface PeopleParts {
  readonly privacy: Privacy
  readonly store: Store
  readonly vaults: Vaults
  readonly keep: Keep
  readonly choices: Pick<Choices, "keep">
}

/** People, and the mail that tells them what happened to their account. */
async function openPeopleWithNotices(ground: Ground, parts: PeopleParts): Promise<People> {
  const { closing, clock } = ground
  const { store, vaults } = parts
  const notify = createNotify({ ...ground, ...parts, addressOf: account => primaryAddress(store, account) })
  const notices = new Set<Promise<void>>()
  closing.add(() => Promise.all(notices))
  const people = await openPeople({
    ...ground,
    ...parts,
    beforeSession: parts.choices.keep,
    onAccountOpened: (tx, account) => createFirstMailboxes(tx, vaults, account, clock.now(), null),
    onNotice(account, notice) {
      const told = notify(account, notice)
      notices.add(told)
      void told.finally(() => notices.delete(told))
    },
  })
  closing.add(() => people.close())
  return people
}

function openResolver({ configuration, clock, chance, log, closing }: Ground, privacy: Privacy) {
  const resolver = createResolver({
    servers: dnsServers(configuration.dns.resolver),
    egress: privacy.egressFor("mail.screen", "dns", ["user.communications.domain"]),
    clock,
    chance,
    log,
    timeout: configuration.dns.timeout,
  })
  closing.add(() => resolver.close())
  return resolver
}

function createScreeningFor(ground: Ground, privacy: Privacy, people: People, resolver: NameResolver) {
  const { configuration, hostname, clock } = ground
  return createScreening<AccountId>({
    resolver,
    rules: (account, from, envelopeFrom) =>
      people.senderRules(account, mailAddress(from), mailAddress(envelopeFrom)),
    // Whom a person has had to do with is not kept yet: nothing is said of it.
    history: async () => "unknown",
    hostname,
    clock,
    timer: systemTimer,
    authentication: configuration.smtp.authentication,
    trustedSealers: configuration.smtp.trustedArcSealers,
    isOurDomain: domain =>
      privacy.gate("mail.screen", { kind: "stranger" }, async permit => {
        const found = await people.findRecipient(mailAddress(`postmaster@${domain}`), permit)
        return found.kind !== "not-ours"
      }),
  })
}
