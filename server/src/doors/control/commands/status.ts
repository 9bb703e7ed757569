import { z } from "zod"
import type { CertificateState } from "../../../certificates/index.ts"
import { countMail } from "../../../messages/index.ts"
import { countAccounts, countDomains } from "../../../people/index.ts"
import { type Register, recipientNames } from "../../../privacy/index.ts"
import { countQueue } from "../../../sending/index.ts"
import type { Store } from "../../../store/index.ts"
import { command } from "../command.ts"
import { stateOf } from "./shown-recipient.ts"

export interface StatusFacts {
  readonly version: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly now: () => number
  /** Door to address, as in the ready file. */
  readonly addresses: Readonly<Record<string, string>>
  readonly roles: readonly string[]
  /** Undefined where no authority is asked for certificates. */
  readonly certificate: (() => Promise<CertificateState>) | undefined
}

/** Of fewer that hold any, how much mail there is together says how much somebody has: `account list` says it, for a reason. */
const fewestCounted = 5

export const statusCommands = (store: Store, register: Pick<Register, "inForce">, facts: StatusFacts) => [
  command("status", z.object({}), async () => {
    const [accounts, domains] = await Promise.all([countAccounts(store), countDomains(store)])
    const { accounts: holding, ...counted } = await countMail(store)
    const mail = holding < fewestCounted ? undefined : counted
    const { held } = await countQueue(store)
    const trouble = (await facts.certificate?.())?.trouble
    const seconds = Math.floor((facts.now() - facts.startedAt) / 1000)
    const value = {
      version: facts.version,
      upSeconds: seconds,
      roles: facts.roles,
      addresses: facts.addresses,
      room: store.room(),
      accounts,
      domains,
      ...mail,
      stopped: recipientNames
        .map(recipient => ({ recipient, ...stateOf(register.inForce(recipient), facts.now()) }))
        .filter(({ flows }) => !flows)
        .map(({ recipient, says }) => ({ recipient, says })),
      held,
      certificate: trouble?.says,
    }
    const text = [
      `Letterkeep ${value.version}, up ${duration(seconds)}`,
      `roles     ${value.roles.join(", ")}`,
      ...Object.entries(value.addresses).map(([door, address]) => `${door.padEnd(9)} ${address}`),
      `holds     ${mail === undefined ? "the mail" : `${mail.messages} messages (${megabytes(mail.bytes)})`} of ${accounts} accounts in ${domains} domains`,
      `disk      ${value.room === "low" ? "below the low-water mark: mail is put off until there is room" : "enough room"}`,
      ...value.stopped.map(({ recipient, says }) => `stopped   nothing goes to ${recipient}: ${says}`),
      ...(held === 0 ? [] : [`held      ${held} recipients of mail that waits to be sent: see doctor`]),
      ...(trouble === undefined ? [] : [`no renewal of the certificate: ${trouble.says}`]),
    ].join("\n")
    return { text, value }
  }),
]

function duration(seconds: number): string {
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor(seconds / 3600) % 24
  const minutes = Math.floor(seconds / 60) % 60
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min` : `${seconds} s`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
