/** The server: reads its configuration, builds the house, starts, and stops. The only wiring; nobody imports it. */
import { hostname as machineName, userInfo } from "node:os"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { ArgumentsError, readServeArguments } from "./arguments.ts"
import { type Configuration, ConfigurationError, loadConfiguration } from "./configuration/index.ts"
import {
  accountCommands,
  doctorCommands,
  houseCommands,
  openControlDoor,
  readCommands,
  SocketFolderError,
  statusCommands,
} from "./doors/control/index.ts"
import { controlSocketPath } from "./doors/control/socket-path.ts"
import { openHttpDoor, PlainTextError, tunnelCommand } from "./doors/http/index.ts"
import { defaultSmtpDoorLimits, openSmtpDoor } from "./doors/smtp/index.ts"
import { createFirstRun } from "./first-run/index.ts"
import { createNotify, createReceive } from "./flow/index.ts"
import { createFirstMailboxes, createKeep, createQuotas, dropOldChanges } from "./messages/index.ts"
import { countAccounts, MIN_PASSWORD_CHARACTERS, openPeople, primaryAddress } from "./people/index.ts"
import { CertificateError, loadCertificate } from "./ports/certificate.ts"
import { systemChance } from "./ports/chance.ts"
import { systemClock } from "./ports/clock.ts"
import { createLog, failure, type Log, own } from "./ports/log.ts"
import { createMetrics } from "./ports/metrics.ts"
import { connectTo, createResolver, dnsServers } from "./ports/network/index.ts"
import { systemTimer } from "./ports/timer.ts"
import { createPrivacy, discloseToDns, mailAddress } from "./privacy/index.ts"
import { removeReadyFile, writeReadyFile } from "./ready-file.ts"
import { createScreening } from "./screening/index.ts"
import { type AccountId, openStore, StoreError } from "./store/index.ts"
import { startTelling } from "./telling/index.ts"
import { KeyFileError, openVaults } from "./vaults/index.ts"
import { version } from "./version.ts"
import { startWorker } from "./worker.ts"

/** How long mail under way may take to end when the server is asked to stop. */
const graceMs = 20_000
const hour = 60 * 60 * 1000

const webFolder = fileURLToPath(new URL("../../web/dist", import.meta.url))
const clock = systemClock
const chance = systemChance

async function serve(): Promise<void> {
  const startedAt = clock.now()
  const asked = readServeArguments(process.argv.slice(2))
  const configuration = loadConfiguration(asked.configFile, asked.dataFolder)
  const log = openLog(configuration)
  log.event("server.starting", { version: own(version), node: own(process.version), pid: process.pid })
  if (asked.readyFile !== undefined) await removeReadyFile(asked.readyFile)

  // What was opened is closed in the opposite order, at the end or when a later step fails.
  const closing: (() => Promise<unknown> | unknown)[] = []
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse())
      try {
        await step()
      } catch (error) {
        log.event("task.failed", { task: own("stop"), error: failure(error) })
      }
  }
  const stopAsked = Promise.withResolvers<"SIGTERM" | "SIGINT">()
  process.on("SIGTERM", () => stopAsked.resolve("SIGTERM"))
  process.on("SIGINT", () => stopAsked.resolve("SIGINT"))
  try {
    const ready = await build(configuration, asked, log, startedAt, closing)
    if (asked.readyFile !== undefined) await writeReadyFile(asked.readyFile, ready)
    log.event("server.ready", { ms: clock.now() - startedAt })
    if (ready.setup !== undefined) sayWhereToBegin(ready.setup, ready.addresses.http ?? "")
    log.event("server.draining", { signal: await stopAsked.promise })
  } finally {
    const stopping = clock.now()
    await close()
    log.event("server.stopped", { ms: clock.now() - stopping })
  }
}

function openLog(configuration: Configuration): Log {
  const form = process.stdout.isTTY ? "human" : "json"
  return createLog(line => process.stdout.write(line), { clock, form, level: configuration.log.level })
}

type Asked = ReturnType<typeof readServeArguments>

async function build(
  configuration: Configuration,
  asked: Asked,
  log: Log,
  startedAt: number,
  closing: (() => Promise<unknown> | unknown)[],
) {
  const hostname = configuration.smtp.hostname === "" ? machineName() : configuration.smtp.hostname
  const metrics = createMetrics()
  const privacy = createPrivacy({ clock, metrics })

  const store = await openStore({
    dataFolder: asked.dataFolder,
    databaseUrl: configuration.store.databaseUrl,
    lowWaterBytes: configuration.store.lowWater,
    limits: { connections: configuration.store.pool },
    clock,
    log,
  })
  closing.push(() => store.close())
  process.once("exit", () => store.quit())
  const vaults = await openVaults({ store, clock, chance, log, keyFile: configuration.keys.file })
  closing.push(() => vaults.close())
  const certificate = await loadCertificate({
    given:
      configuration.tls === undefined
        ? undefined
        : { certFile: configuration.tls.cert, keyFile: configuration.tls.key },
    dataFolder: asked.dataFolder,
    names: [hostname],
    clock,
    chance,
  })

  const keep = createKeep(store, vaults, chance)
  const notify = createNotify({
    keep,
    vaults,
    privacy,
    addressOf: account => primaryAddress(store, account),
    clock,
    chance,
    log,
    hostname,
  })
  const notices = new Set<Promise<void>>()
  closing.push(() => Promise.all(notices))
  const people = await openPeople({
    store,
    vaults,
    privacy,
    clock,
    chance,
    log,
    onAccountOpened: (tx, account) => createFirstMailboxes(tx, vaults, account, clock.now(), null),
    onNotice(account, notice) {
      const told = notify(account, notice)
      notices.add(told)
      void told.finally(() => notices.delete(told))
    },
  })
  closing.push(() => people.close())
  const telling = await startTelling(store)
  closing.push(() => telling.close())

  const resolver = createResolver({
    servers: dnsServers(configuration.dns.resolver),
    egress: privacy.egressFor("mail.screen", "dns"),
    clock,
    chance,
    log,
    timeout: configuration.dns.timeout,
  })
  closing.push(() => resolver.close())
  const screening = createScreening<AccountId>({
    resolver: discloseToDns(privacy, resolver),
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
  const receive = createReceive({
    people,
    quotas: createQuotas(store, clock),
    privacy,
    screening,
    vaults,
    keep,
    room: () => store.room(),
    clock,
    chance,
    log,
    hostname,
  })

  const addresses: Record<string, string> = {}
  if (asked.roles.has("smtp") && configuration.listen.smtp !== false) {
    const limits = configuration.smtp
    const door = await openSmtpDoor({
      listen: written(configuration.listen.smtp),
      receive,
      privacy,
      tls: { current: () => certificate.context },
      limits: {
        connections: limits.maxConnections,
        connectionsPerSource: limits.maxConnectionsPerSource,
        bytesInFlight: limits.bytesInFlight,
        commandMs: limits.commandTimeout,
        protocol: {
          ...defaultSmtpDoorLimits.protocol,
          messageBytes: limits.maxMessageSize,
          recipients: limits.maxRecipients,
        },
      },
      hostname,
      log,
      clock,
      metrics,
      proxyFrom: limits.proxyProtocolFrom,
    })
    addresses.smtp = door.address
    closing.push(() => door.close({ graceMs }))
  }

  const first = (await countAccounts(store)) === 0
  let setup: string | undefined
  if (asked.roles.has("http") && configuration.listen.http !== false) {
    const door = await openHttpDoor({
      listen: configuration.listen.http,
      names: [hostname.toLowerCase()],
      webFolder,
      service: createFirstRun({
        people,
        store,
        vaults,
        privacy,
        connect: () => connectTo(addresses.smtp, privacy.egressFor("account.serve", "own-door")),
        clock,
        hostname,
      }),
      offer: { playDomain: "letterkeep.localhost", passwordMinimum: MIN_PASSWORD_CHARACTERS },
      health: {
        waitingFor: () => (store.room() === "low" ? ["room on the disk"] : []),
        metrics: () => metrics.render(),
      },
      privacy,
      clock,
      chance,
      log,
    })
    addresses.http = door.address
    closing.push(() => door.close())
    if (first) setup = door.setupLink
  }

  const control = await openControlDoor({
    path: controlSocketPath(asked.dataFolder),
    log,
    commands: [
      ...houseCommands(people, privacy),
      ...accountCommands(people, privacy, store),
      ...readCommands({ people, privacy, store, vaults, telling }),
      ...statusCommands(store, { version, startedAt, now: clock.now, addresses, roles: [...asked.roles] }),
      ...doctorCommands({
        dataFolder: resolve(asked.dataFolder),
        keyFile: configuration.keys.file,
        lowWaterBytes: configuration.store.lowWater,
        maxConnections: configuration.smtp.maxConnections,
        hostname,
        smtp: addresses.smtp,
        certificate,
        resolver,
        now: clock.now,
      }),
    ],
  })
  closing.push(() => control.close())

  if (asked.roles.has("worker")) {
    const worker = startWorker(
      [
        { name: "turn epochs", every: 6 * hour, run: () => vaults.rotateEpochIfDue() },
        { name: "drop old changes", every: 24 * hour, run: () => dropOldChanges(store, clock) },
      ],
      systemTimer,
      log,
    )
    closing.push(() => worker.stop())
  }
  return { addresses, setup, pid: process.pid, databasePid: store.databasePid() }
}

function written({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`
}

function sayWhereToBegin(link: string, address: string): void {
  const remote = process.env.SSH_CONNECTION !== undefined
  const tunnel = tunnelCommand(address, userInfo().username, machineName())
  const lines = [
    "",
    "  Letterkeep is running. Open this link, once, to make the first person:",
    "",
    `    ${link}`,
    "",
    ...(remote ? ["  From your own machine, first open a tunnel:", "", `    ${tunnel}`, ""] : []),
  ]
  process.stdout.write(`${lines.join("\n")}\n`)
}

/** Errors that are sentences for whoever starts the server; all others keep their stack. */
function isForOperator(error: unknown): error is Error {
  return (
    error instanceof ArgumentsError ||
    error instanceof ConfigurationError ||
    error instanceof CertificateError ||
    error instanceof KeyFileError ||
    error instanceof PlainTextError ||
    error instanceof SocketFolderError ||
    error instanceof StoreError ||
    (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
  )
}

try {
  await serve()
} catch (error) {
  if (!isForOperator(error)) throw error
  process.stderr.write(`letterkeep: ${error.message}\n`)
  process.exitCode = 1
}
