/**
 * What comes to a return path that we gave to something forwarded (see return-paths.ts): a report from the null path is
 * turned back to whoever sent the message. Nothing else is: these addresses would be a way to send to anybody.
 */
import { returnPath } from "@letterkeep/srs"
import type { Alongside, Delivery } from "../../messages/index.ts"
import { type MailAddress, mailAddress, type Permit } from "../../privacy/index.ts"
import type { AccountId } from "../../store/ids.ts"
import { sendLetter } from "./letter.ts"
import type { FilterParts } from "./parts.ts"
import { joinAddress, splitAddress, srsKey } from "./return-paths.ts"

export interface ReturnPaths {
  /** Looks it like one? Costs nothing. */
  isLikeOne(address: MailAddress, permit: Permit<"mail.receive">): boolean
  /** Under whose account what comes to it waits; undefined where it is none of ours, or too old. */
  find(address: MailAddress, permit: Permit<"mail.receive">): Promise<AccountId | undefined>
  turnBack(returned: Returned, permit: Permit<"mail.receive">): Promise<TurnedBack>
}

export interface Returned {
  readonly account: AccountId
  readonly address: MailAddress
  /** The report, under our Received. */
  readonly bytes: Buffer
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What is to be written. Neither, where the sender has gone since. */
export interface TurnedBack {
  readonly deliveries: readonly Delivery[]
  readonly alongside: Alongside | undefined
}

const nothing: TurnedBack = { deliveries: [], alongside: undefined }

export function createReturnPaths(parts: FilterParts): ReturnPaths {
  const key = srsKey(parts.vaults)
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
    async turnBack({ account, address, bytes, now }, permit) {
      const to = targetOf(address.open(permit), now)
      if (to === undefined) return nothing
      const subject = { kind: "account", account } as const
      const letter = { account, to, bytes, signedBy: undefined, kind: "report", now } as const
      const sent = await parts.privacy.gate("mail.send", subject, maySend =>
        sendLetter(parts, letter, maySend),
      )
      switch (sent.kind) {
        case "nobody":
          return nothing
        case "here":
          return { deliveries: [sent.delivery], alongside: undefined }
        case "queued": {
          const { addTo, bytes: size } = sent.rows
          return { deliveries: [], alongside: { addTo, bytes: size, once: parts.queue.notifyDue } }
        }
      }
    },
  }
}
