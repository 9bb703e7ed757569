/**
 * What comes to a return path that we gave to something forwarded (see return-paths.ts): a report from the null path is
 * turned back to whoever sent the message. Nothing else is: these addresses would be a way to send to anybody. Whoever
 * sees something forwarded sees such a path, so that it takes few in a day, too.
 */
import { readDsn } from "@letterkeep/dsn"
import { firstFieldText, scanMessage } from "@letterkeep/mime"
import { returnPath } from "@letterkeep/srs"
import type { Alongside, Delivery } from "../../messages/index.ts"
import { type MailAddress, mailAddress, type Permit } from "../../privacy/index.ts"
import type { AccountId } from "../../store/ids.ts"
import { sendLetter } from "./letter.ts"
import { filterTraffic } from "./limits.ts"
import type { FilterParts } from "./parts.ts"
import { memoryBytes, memoryOf } from "./remembered.ts"
import { joinAddress, splitAddress, srsKey } from "./return-paths.ts"
import { createTurns } from "./turns.ts"

export interface ReturnPaths {
  /** Looks it like one? Costs nothing. */
  isLikeOne(address: MailAddress, permit: Permit<"mail.receive">): boolean
  /** Under whose account what comes to it waits; undefined where it is none of ours, or too old. */
  find(address: MailAddress, permit: Permit<"mail.receive">): Promise<AccountId | undefined>
  /** `keep` writes it; other reports for the same domain wait until it has resolved. */
  turnBack(
    returned: Returned,
    permit: Permit<"mail.receive">,
    keep: (back: TurnedBack) => Promise<unknown>,
  ): Promise<"turned-back" | "too-many">
}

export interface Returned {
  readonly account: AccountId
  readonly address: MailAddress
  /** The report, under our Received. */
  readonly bytes: Buffer
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What is to be written. No letter, where the sender has gone since. */
export interface TurnedBack {
  readonly deliveries: readonly Delivery[]
  readonly alongside: Alongside
}

/** Is it a report of what became of something, or a program's word at least? `bytes`: without what we write above it. */
export function isReport(bytes: Buffer): boolean {
  if (readDsn(bytes).kind === "report") return true
  const { root } = scanMessage(bytes)
  const automatic = firstFieldText(bytes, root.fields, "auto-submitted")?.trim() ?? ""
  // RFC 3834 §5
  return automatic !== "" && !/^no\b/i.test(automatic)
}

const dayMs = 24 * 60 * 60 * 1000
const reason = {
  code: "turned-back",
  sentence: "It came as a report about something that you wrote and a filter here sent on.",
}

export function createReturnPaths(parts: FilterParts): ReturnPaths {
  const key = srsKey(parts.vaults)
  const turns = createTurns()
  const { memory } = parts.filters
  const targetOf = (address: string, now: number): string | undefined => {
    const split = splitAddress(address)
    const found = split === undefined ? undefined : returnPath(split, { keys: [key], now })
    return found?.kind === "address" ? joinAddress(found.address) : undefined
  }
  return {
    isLikeOne: (address, permit) => /^"?srs[01][=+-]/i.test(address.open(permit)),
    async find(address, permit) {
      const text = address.open(permit)
      if (targetOf(text, parts.clock.now()) === undefined) return undefined
      // It waits under those who answer for the domain (RFC 5321 §4.5.1).
      const domain = text.slice(text.lastIndexOf("@") + 1)
      const found = await parts.people.findRecipient(mailAddress(`postmaster@${domain}`), permit)
      return found.kind === "local" ? found.accountId : undefined
    },
    turnBack: ({ account, address, bytes, now }, permit, keep) =>
      turns([account], async () => {
        const path = address.open(permit).toLowerCase()
        const once = memoryOf(parts.vaults, account, "returned", [path], now + dayMs)
        if ((await memory.times(account, "returned", once.hash)) >= filterTraffic.returnsADay)
          return "too-many"
        if ((await memory.count(account, "returned")) >= filterTraffic.allReturnsADay) return "too-many"
        const to = targetOf(address.open(permit), now)
        const subject = { kind: "account", account } as const
        const sent =
          to === undefined
            ? undefined
            : await parts.privacy.gate("mail.send", subject, maySend =>
                sendLetter(
                  parts,
                  { account, to, bytes, signedBy: undefined, kind: "report", now, reason },
                  maySend,
                ),
              )
        const rows = sent?.kind === "queued" ? sent.rows : undefined
        await keep({
          deliveries: sent?.kind === "here" ? [sent.delivery] : [],
          alongside: {
            addTo(tables) {
              rows?.addTo(tables)
              memory.addTo(tables, [once])
            },
            bytes: (rows?.bytes ?? 0) + memoryBytes,
            ...(rows === undefined ? {} : { once: parts.queue.notifyDue }),
          },
        })
        return "turned-back"
      }),
  }
}
