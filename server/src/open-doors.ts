/** Opens the doors of a house, as the configuration and this node's roles say, and sets the worker to work. */
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { swallowedFor } from "@letterkeep/smtp"
import type { Ground, House } from "./build-house.ts"
import { alpnContext } from "./certificates/index.ts"
import { openAlpnDoor } from "./doors/acme/index.ts"
import {
  accountCommands,
  certificateCommands,
  choiceCommands,
  dkimCommands,
  dmarcCommands,
  dnsCommands,
  doctorCommands,
  filterCommands,
  filterTryCommands,
  houseCommands,
  impossibleCommands,
  ledgerCommands,
  openControlDoor,
  queueCommands,
  readCommands,
  recipientCommands,
  sentCommands,
  staffAgreementCommands,
  staffChangeCommands,
  staffCommands,
  statusCommands,
  tlsReportCommands,
} from "./doors/control/index.ts"
import { controlSocketPath } from "./doors/control/socket-path.ts"
import { openChallengeDoor, openHttpDoor } from "./doors/http/index.ts"
import { defaultImapDoorLimits, openImapDoor } from "./doors/imap/index.ts"
import { openPop3Door } from "./doors/pop3/index.ts"
import {
  defaultSmtpDoorLimits,
  defaultSubmissionDoorLimits,
  openSmtpDoor,
  openSubmissionDoor,
} from "./doors/smtp/index.ts"
import { createFirstRun } from "./first-run/index.ts"
import { mailProgramsOf } from "./mail-servers.ts"
import { dropOldChanges, dropOverdueSegments, leaseMaildrop } from "./messages/index.ts"
import { countAccounts, MIN_PASSWORD_CHARACTERS } from "./people/index.ts"
import { lastCheckResults, policyFacts } from "./policy-facts.ts"
import { connectTo } from "./ports/network/index.ts"
import { systemTimer } from "./ports/timer.ts"
import { type Register, whyNotAgreed } from "./privacy/index.ts"
import { missingFacts } from "./privacy/policy/index.ts"
import type { Ready } from "./ready-file.ts"
import { dropOldHistory, dropUnusedKeys } from "./sending/index.ts"
import { examineOurs, stsPolicyOf, turnSigningKeys } from "./set-up-domains.ts"
import type { Store } from "./store/index.ts"
import { version } from "./version.ts"
import { startWorker } from "./worker.ts"

/** How long mail under way may take to end when the server is asked to stop. */
const graceMs = 20_000
const minute = 60 * 1000
const hour = 60 * minute
const webFolder = fileURLToPath(new URL("../../web/dist", import.meta.url))

/** The control door last: who can ask it finds all others open. */
export async function openDoors(ground: Ground, house: House, startedAt: number): Promise<Ready> {
  const addresses: Record<string, string> = {}
  const smtp = await openSmtp(ground, house)
  if (smtp !== undefined) addresses.smtp = smtp
  for (const [name, address] of Object.entries(await openSubmission(ground, house)))
    if (address !== undefined) addresses[name] = address
  for (const [name, address] of Object.entries(await openImap(ground, house)))
    if (address !== undefined) addresses[name] = address
  for (const [name, address] of Object.entries(await openPop3(ground, house)))
    if (address !== undefined) addresses[name] = address
  const http = await openHttp(ground, house, smtp)
  if (http !== undefined) addresses.http = http.address
  Object.assign(addresses, await openAcme(ground, house))
  await openControl(ground, house, addresses, startedAt)
  if (ground.asked.roles.has("worker")) {
    startWork(ground, house)
    await house.sending.startCourier()
  }
  return { addresses, setup: http?.setup, pid: process.pid, databasePid: house.store.databasePid() }
}

async function openSmtp(ground: Ground, house: House): Promise<string | undefined> {
  const { configuration, asked, closing } = ground
  const { listen, smtp: limits } = configuration
  if (!asked.roles.has("smtp") || listen.smtp === false) return undefined
  const door = await openSmtpDoor({
    ...ground,
    ...house,
    listen: written(listen.smtp),
    tls: { current: () => house.certificate.current().context },
    limits: {
      connections: limits.maxConnections,
      connectionsPerSource: limits.maxConnectionsPerSource,
      bytesInFlight: limits.bytesInFlight,
      commandMs: limits.commandTimeout,
      protocol: {
        ...defaultSmtpDoorLimits.protocol,
        messageBytes: limits.maxMessageSize,
        swallowedBytes: swallowedFor(limits.maxMessageSize),
        recipients: limits.maxRecipients,
      },
    },
    proxyFrom: limits.proxyProtocolFrom,
    trustedFrom: limits.trustedFrom,
  })
  closing.add(() => door.close({ graceMs }))
  const counting = startWorker(house.dmarcReports.countingTasks, systemTimer, ground.log)
  closing.add(() => counting.stop())
  return door.address
}

/** `submission` and `submissions`, those that are open. */
async function openSubmission(
  ground: Ground,
  house: House,
): Promise<Readonly<Record<string, string | undefined>>> {
  const { configuration, asked, closing } = ground
  const { listen, submission: limits } = configuration
  if (!asked.roles.has("smtp") || (listen.submission === false && listen.submissions === false)) return {}
  const door = await openSubmissionDoor({
    ...ground,
    ...house,
    submit: house.sending.submit,
    listen: {
      submission: listen.submission === false ? undefined : written(listen.submission),
      submissions: listen.submissions === false ? undefined : written(listen.submissions),
    },
    tls: { current: () => house.certificate.current().context },
    plaintextOnLoopback: limits.plaintextOnLoopback,
    sendLaterMs: limits.sendLater,
    limits: {
      connections: limits.maxConnections,
      connectionsPerSource: limits.maxConnectionsPerSource,
      connectionsPerAccount: limits.maxConnectionsPerAccount,
      protocol: {
        ...defaultSubmissionDoorLimits.protocol,
        messageBytes: limits.maxMessageSize,
        swallowedBytes: swallowedFor(limits.maxMessageSize),
        recipients: limits.maxRecipients,
      },
    },
    proxyFrom: limits.proxyProtocolFrom,
    trustedFrom: limits.trustedFrom,
  })
  closing.add(() => door.close({ graceMs }))
  return door.addresses
}

/** `imap` and `imaps`, those that are open. */
async function openImap(ground: Ground, house: House): Promise<Readonly<Record<string, string | undefined>>> {
  const { configuration, asked, closing } = ground
  const { listen, imap: limits } = configuration
  if (!asked.roles.has("imap") || (listen.imap === false && listen.imaps === false)) return {}
  const message = limits.maxMessageSize
  const door = await openImapDoor({
    ...ground,
    ...house,
    listen: {
      imap: listen.imap === false ? undefined : written(listen.imap),
      imaps: listen.imaps === false ? undefined : written(listen.imaps),
    },
    onChange: house.telling.onChange,
    tls: { current: () => house.certificate.current().context },
    plaintextOnLoopback: limits.plaintextOnLoopback,
    version,
    limits: {
      connections: limits.maxConnections,
      connectionsPerSource: limits.maxConnectionsPerSource,
      connectionsPerAccount: limits.maxConnectionsPerAccount,
      bytesInFlight: limits.bytesInFlight,
      idleMs: limits.idleTimeout,
      signedIn: {
        ...defaultImapDoorLimits.signedIn,
        messageLiteral: message,
        messages: 2 * message,
        waitlessLiteral: message,
        swallowed: 2 * message,
      },
    },
    proxyFrom: limits.proxyProtocolFrom,
    trustedFrom: limits.trustedFrom,
  })
  closing.add(() => door.close({ graceMs }))
  return door.addresses
}

/** `pop3` and `pop3s`, those that are open. */
async function openPop3(ground: Ground, house: House): Promise<Readonly<Record<string, string | undefined>>> {
  const { configuration, asked, closing, chance } = ground
  const { listen, pop3: limits } = configuration
  if (!asked.roles.has("imap") || (listen.pop3 === false && listen.pop3s === false)) return {}
  const door = await openPop3Door({
    ...ground,
    ...house,
    listen: {
      pop3: listen.pop3 === false ? undefined : written(listen.pop3),
      pop3s: listen.pop3s === false ? undefined : written(listen.pop3s),
    },
    leaseMaildrop: account => leaseMaildrop({ store: house.store, chance }, account),
    tls: { current: () => house.certificate.current().context },
    plaintextOnLoopback: limits.plaintextOnLoopback,
    limits: {
      connections: limits.maxConnections,
      connectionsPerSource: limits.maxConnectionsPerSource,
    },
    proxyFrom: limits.proxyProtocolFrom,
    trustedFrom: limits.trustedFrom,
  })
  closing.add(() => door.close({ graceMs }))
  return door.addresses
}

/** `setup`: the one-time link, while there is nobody. */
async function openHttp(ground: Ground, house: House, smtp: string | undefined) {
  const { configuration, asked, closing, hostname } = ground
  const { store, metrics } = house
  if (!asked.roles.has("http") || configuration.listen.http === false) return undefined
  const nobody = (await countAccounts(store)) === 0
  const door = await openHttpDoor({
    ...ground,
    ...house,
    listen: configuration.listen.http,
    names: [hostname.toLowerCase(), ...(configuration.acme?.names ?? [])],
    challenges: house.certificates?.challenges,
    webFolder,
    service: createFirstRun({
      ...ground,
      ...house,
      connect: egress => connectTo(smtp, egress),
    }),
    pages: { policy: house.policy, results: lastCheckResults(ground) },
    offer: { playDomain: "letterkeep.localhost", passwordMinimum: MIN_PASSWORD_CHARACTERS },
    mailPrograms: mailProgramsOf(ground, house),
    mailPolicy: { policyOf: domain => stsPolicyOf(ground, house, domain) },
    health: {
      waitingFor: () => waitingFor(store, house.register, ground.clock.now()),
      metrics: () => metrics.render(),
    },
  })
  closing.add(() => door.close())
  return { address: door.address, setup: nobody ? door.setupLink : undefined }
}

/** `acmeHttp` and `acmeTls`, where an authority that looks at ports 80 and 443 is answered; those that are open. */
async function openAcme(
  { configuration, asked, closing, clock, chance, log }: Ground,
  { certificates }: House,
): Promise<Readonly<Record<string, string>>> {
  const { acme } = configuration
  if (acme === undefined || certificates === undefined || !asked.roles.has("http")) return {}
  const { challenges } = certificates
  const addresses: Record<string, string> = {}
  if (acme.http !== false) {
    const door = await openChallengeDoor({ listen: acme.http, challenges, log })
    closing.add(() => door.close())
    addresses.acmeHttp = door.address
  }
  if (acme.tlsAlpn !== false) {
    const contextFor = (name: string) => alpnContext({ challenges, clock, chance }, name)
    const door = await openAlpnDoor({ listen: acme.tlsAlpn, contextFor, timer: systemTimer, log })
    closing.add(() => door.close())
    addresses.acmeTls = door.address
  }
  return addresses
}

/** What keeps mail from being taken now, by name. */
function waitingFor(
  store: Pick<Store, "reachable" | "room">,
  register: Pick<Register, "inForce">,
  now: number,
): readonly string[] {
  const asked = { purpose: "mail.screen", category: undefined } as const
  return [
    ...(store.reachable() ? [] : ["the database"]),
    ...(store.room() === "low" ? ["room on the disk"] : []),
    ...(whyNotAgreed(register.inForce("dns"), asked, now) === undefined ? [] : ["an agreement with the DNS"]),
  ]
}

async function openControl(
  ground: Ground,
  house: House,
  addresses: Readonly<Record<string, string>>,
  startedAt: number,
): Promise<void> {
  const { configuration, asked, closing, log, clock, hostname } = ground
  const { people, store, privacy, resolver, register, certificate } = house
  const door = await openControlDoor({
    path: controlSocketPath(asked.dataFolder),
    log,
    commands: [
      ...houseCommands(people, privacy),
      ...accountCommands(people, privacy),
      ...staffCommands(house),
      ...staffChangeCommands(house),
      ...staffAgreementCommands(house.staffRegister, clock),
      ...choiceCommands(house),
      ...impossibleCommands(),
      ...filterCommands(house),
      ...filterTryCommands(house),
      ...readCommands(house),
      ...queueCommands({ ...house, desk: house.sending.desk }),
      ...sentCommands({ ...house, takeBack: house.sending.takeBack }),
      ...recipientCommands(register, clock),
      ...ledgerCommands({ ...house, now: clock.now }),
      ...dkimCommands({ keys: house.domainKeys, privacy }),
      ...dmarcCommands({ rows: house.dmarcReports.rows, privacy, clock }),
      ...tlsReportCommands({ ...house, clock }),
      ...dnsCommands({
        examineDomain: (domain, signal) => examineOurs(ground, house, domain, signal),
        ...{ privacy, clock, timer: systemTimer },
      }),
      ...certificateCommands({
        certificates: house.certificates,
        current: certificate.current,
        now: clock.now,
      }),
      ...statusCommands(store, register, {
        certificate: house.certificates?.state,
        version,
        startedAt,
        now: clock.now,
        addresses,
        roles: [...asked.roles],
      }),
      ...doctorCommands({
        dataFolder: resolve(asked.dataFolder),
        keyFile: configuration.keys.file,
        lowWaterBytes: configuration.store.lowWater,
        maxConnections:
          configuration.smtp.maxConnections +
          configuration.submission.maxConnections +
          configuration.imap.maxConnections +
          configuration.pop3.maxConnections,
        hostname,
        smtp: addresses.smtp,
        certificate: certificate.current,
        authority: house.certificates?.state,
        resolver,
        policyLacks: missingFacts(policyFacts(configuration)),
        isDatabaseGiven: configuration.store.databaseUrl !== undefined,
        register,
        ledger: house.ledger,
        store,
        now: clock.now,
      }),
    ],
  })
  closing.add(() => door.close())
}

function startWork({ closing, clock, log }: Ground, house: House): void {
  const { vaults, store, certificates } = house
  const worker = startWorker(
    [
      { name: "turn epochs", every: 6 * hour, run: () => vaults.rotateEpochIfDue() },
      { name: "drop old changes", every: 24 * hour, run: () => dropOldChanges(store, clock) },
      {
        name: "drop old history of what was sent",
        every: 24 * hour,
        run: () => dropOldHistory(store, clock),
      },
      {
        name: "drop unused keys of the queue",
        every: 24 * hour,
        run: () => dropUnusedKeys({ store, vaults }),
      },
      { name: "drop what filters remembered", every: hour, run: () => house.filters.memory.dropOld() },
      ...house.dmarcReports.tasks,
      { name: "drop old reports about TLS", every: 24 * hour, run: () => house.tlsReportRows.dropOld() },
      ...house.sending.tasks,
      { name: "turn signing keys", every: hour, run: () => turnSigningKeys(house) },
      {
        name: "drop overdue segments",
        every: 24 * hour,
        run: () => dropOverdueSegments({ store, vaults, clock }),
      },
      ...(certificates === undefined
        ? []
        : [
            { name: "renew certificates", every: minute, run: certificates.runIfDue },
            { name: "drop old certificates", every: 24 * hour, run: certificates.dropOld },
          ]),
    ],
    systemTimer,
    log,
  )
  closing.add(() => worker.stop())
  closing.add(() => house.dmarcReports.stop())
}

function written({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`
}
