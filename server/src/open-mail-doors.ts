/** Opens the doors that mail comes in by and is fetched at, as the configuration and this node's roles say. */
import { swallowedFor } from "@letterkeep/smtp"
import type { Ground, House } from "./build-house.ts"
import type { ListenAddress } from "./configuration/index.ts"
import { defaultImapDoorLimits, openImapDoor } from "./doors/imap/index.ts"
import { openPop3Door } from "./doors/pop3/index.ts"
import {
  defaultSmtpDoorLimits,
  defaultSubmissionDoorLimits,
  openSmtpDoor,
  openSubmissionDoor,
} from "./doors/smtp/index.ts"
import { leaseMaildrop } from "./messages/index.ts"
import { systemTimer } from "./ports/timer.ts"
import { version } from "./version.ts"
import { startWorker } from "./worker.ts"

/** By the name of a door, those that are open: `host:port`. */
export type Addresses = Readonly<Record<string, string | undefined>>

/** How long mail under way may take to end when the server is asked to stop. */
const graceMs = 20_000

export async function openSmtp(ground: Ground, house: House): Promise<string | undefined> {
  const { configuration, asked, closing } = ground
  const { listen, smtp: limits } = configuration
  if (!asked.roles.has("smtp") || listen.smtp === false) return undefined
  const door = await openSmtpDoor({
    ...ground,
    ...house,
    ...comers(house, limits),
    listen: written(listen.smtp),
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
  })
  closing.add(() => door.close({ graceMs }))
  const counting = startWorker(house.dmarcReports.countingTasks, systemTimer, ground.log)
  closing.add(() => counting.stop())
  return door.address
}

/** `submission` and `submissions`, those that are open. */
export async function openSubmission(ground: Ground, house: House): Promise<Addresses> {
  const { configuration, asked, closing } = ground
  const { listen, submission: limits } = configuration
  if (!asked.roles.has("smtp") || (listen.submission === false && listen.submissions === false)) return {}
  const door = await openSubmissionDoor({
    ...ground,
    ...house,
    ...comers(house, limits),
    submit: house.sending.submit,
    listen: {
      submission: written(listen.submission),
      submissions: written(listen.submissions),
    },
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
  })
  closing.add(() => door.close({ graceMs }))
  return door.addresses
}

/** `imap` and `imaps`, those that are open. */
export async function openImap(ground: Ground, house: House): Promise<Addresses> {
  const { configuration, asked, closing } = ground
  const { listen, imap: limits } = configuration
  if (!asked.roles.has("imap") || (listen.imap === false && listen.imaps === false)) return {}
  const message = limits.maxMessageSize
  const door = await openImapDoor({
    ...ground,
    ...house,
    ...comers(house, limits),
    listen: {
      imap: written(listen.imap),
      imaps: written(listen.imaps),
    },
    onChange: house.telling.onChange,
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
  })
  closing.add(() => door.close({ graceMs }))
  return door.addresses
}

/** `pop3` and `pop3s`, those that are open. */
export async function openPop3(ground: Ground, house: House): Promise<Addresses> {
  const { configuration, asked, closing, chance } = ground
  const { listen, pop3: limits } = configuration
  if (!asked.roles.has("imap") || (listen.pop3 === false && listen.pop3s === false)) return {}
  const door = await openPop3Door({
    ...ground,
    ...house,
    ...comers(house, limits),
    listen: {
      pop3: written(listen.pop3),
      pop3s: written(listen.pop3s),
    },
    leaseMaildrop: account => leaseMaildrop({ store: house.store, chance }, account),
    plaintextOnLoopback: limits.plaintextOnLoopback,
    limits: {
      connections: limits.maxConnections,
      connectionsPerSource: limits.maxConnectionsPerSource,
    },
  })
  closing.add(() => door.close({ graceMs }))
  return door.addresses
}

/** Of all who come by a mail door: whom to believe about the source, and the certificate that they are shown. */
function comers(
  { certificate }: Pick<House, "certificate">,
  limits: { readonly proxyProtocolFrom: readonly string[]; readonly trustedFrom: readonly string[] },
) {
  return {
    tls: { current: () => certificate.current().context },
    proxyFrom: limits.proxyProtocolFrom,
    trustedFrom: limits.trustedFrom,
  }
}

function written(listen: ListenAddress): string
function written(listen: ListenAddress | false): string | undefined
function written(listen: ListenAddress | false): string | undefined {
  if (listen === false) return undefined
  const { host, port } = listen
  return `${host.includes(":") ? `[${host}]` : host}:${port}`
}
