import { z } from "zod"
import type { Store } from "../../../store/index.ts"
import { command } from "../command.ts"

export interface StatusFacts {
  readonly version: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly now: () => number
  /** Door to address, as in the ready file. */
  readonly addresses: Readonly<Record<string, string>>
  readonly roles: readonly string[]
}

export const statusCommands = (store: Store, facts: StatusFacts) => [
  command("status", z.object({}), async () => {
    const [counts] = await store.sql<
      { accounts: number; domains: number; messages: number; bytes: number }[]
    >`
      select (select count(*) from account) as accounts, (select count(*) from domain) as domains,
        coalesce(sum(messages), 0)::bigint as messages, coalesce(sum(used_bytes), 0)::bigint as bytes
      from mail_state`
    const seconds = Math.floor((facts.now() - facts.startedAt) / 1000)
    const value = {
      version: facts.version,
      upSeconds: seconds,
      roles: facts.roles,
      addresses: facts.addresses,
      room: store.room(),
      accounts: counts?.accounts ?? 0,
      domains: counts?.domains ?? 0,
      messages: counts?.messages ?? 0,
      bytes: counts?.bytes ?? 0,
    }
    const text = [
      `Letterkeep ${value.version}, up ${duration(seconds)}`,
      `roles     ${value.roles.join(", ")}`,
      ...Object.entries(value.addresses).map(([door, address]) => `${door.padEnd(9)} ${address}`),
      `holds     ${value.messages} messages (${megabytes(value.bytes)}) of ${value.accounts} accounts in ${value.domains} domains`,
      `disk      ${value.room === "low" ? "below the low-water mark: mail is put off until there is room" : "enough room"}`,
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
