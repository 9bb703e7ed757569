/**
 * What those who run the server set up for a person: a further address, a rule on a sender, how much mail they may
 * hold. None of it shows anything of theirs; each decides what reaches them. So each asks who does it and why, writes
 * it into the person's ledger in the transaction that makes the change, and tells the person: see privacy/staff.
 */
import { z } from "zod"
import { setQuota } from "../../../messages/index.ts"
import type { People } from "../../../people/index.ts"
import {
  mailAddress,
  type Privacy,
  type StaffAccess,
  type StaffRegister,
  senderPattern,
} from "../../../privacy/index.ts"
import type { AccountId, Store, Tx } from "../../../store/index.ts"
import { opened, orRefuse } from "../answers.ts"
import { ControlError, command } from "../command.ts"
import { accountAt, lookerOf, orNotTold, whoAndWhy } from "./staff.ts"

export interface StaffChangeParts {
  readonly people: Pick<People, "findRecipient" | "addAlias" | "addRule">
  readonly privacy: Pick<Privacy, "gate">
  readonly store: Pick<Store, "transaction">
  readonly staff: StaffAccess
  readonly staffRegister: StaffRegister
}

const address = z.string().max(1000)

interface Change {
  readonly reason?: string | undefined
  readonly by?: string | undefined
  readonly address: string
  /** As it is typed after `./letterkeep`. */
  readonly words: readonly string[]
}

export const staffChangeCommands = (parts: StaffChangeParts) => {
  /** `work` calls `record` in the transaction of the change to that account. */
  async function change<T>(
    wish: Change,
    work: (record: (tx: Tx) => Promise<void>, account: AccountId) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly isTold: boolean }> {
    const looker = await lookerOf(parts.staffRegister, wish, [])
    const account = await accountAt(parts, wish.address)
    const typed = wish.words.map(shortened).join(" ")
    const act = { command: typed, ...looker, accounts: [account], categories: [] }
    return await parts.staff.act(act, record => work(record, account))
  }

  return [
    command("account.quota", z.object({ address, size: z.string().max(40), ...whoAndWhy }), async input => {
      const bytes = quotaBytes(input.size)
      const words = ["account quota", input.address, input.size]
      const { isTold } = await change({ ...input, words }, (record, account) =>
        parts.store.transaction(async tx => {
          if (!(await setQuota({ sql: tx }, account, bytes)))
            throw new ControlError(`the account of ${input.address} has gone`)
          await record(tx)
        }),
      )
      const text = bytes === null ? "may hold any amount of mail" : `may hold ${input.size} of mail`
      return orNotTold(`${input.address} ${text}`, { address: input.address, bytes, isTold })
    }),
    command("alias.add", z.object({ alias: address, address, ...whoAndWhy }), async input => {
      const words = ["alias add", input.alias, input.address]
      const { answer: added, isTold } = await change({ ...input, words }, async record =>
        orRefuse(await parts.people.addAlias(mailAddress(input.alias), mailAddress(input.address), record)),
      )
      const made = await opened(parts.privacy, added.accountId, added.alias)
      return orNotTold(`mail to ${made} reaches ${input.address}`, {
        alias: made,
        account: added.accountId,
        isTold,
      })
    }),
    command(
      "rule.add",
      z.object({
        address,
        action: z.enum(["allow", "block"]),
        pattern: z.string().max(1000),
        ...whoAndWhy,
      }),
      async input => {
        const words = ["rule add", input.address, input.action, input.pattern]
        const { answer: added, isTold } = await change({ ...input, words }, async record =>
          orRefuse(
            await parts.people.addRule(
              mailAddress(input.address),
              input.action,
              senderPattern(input.pattern),
              record,
            ),
          ),
        )
        const pattern = await opened(parts.privacy, added.accountId, added.pattern)
        const does =
          added.action === "allow" ? "goes to the inbox when it is really from there" : "goes to Junk"
        return orNotTold(`mail from ${pattern} to ${input.address} ${does}`, {
          address: input.address,
          action: added.action,
          pattern,
          isTold,
        })
      },
    ),
  ]
}

/** Characters of a word of the command that the person is told. */
const longestWord = 200

/** The person reads it in a line of a message, so nothing in it may be more than a word. */
function shortened(word: string): string {
  const plain = word.replace(/[\p{C}\p{Z}]+/gu, " ").trim()
  return plain.length > longestWord ? `${plain.slice(0, longestWord)}…` : plain
}

const units: Readonly<Record<string, number>> = { "": 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 }

/** "none" lifts the limit. */
function quotaBytes(size: string): number | null {
  if (size === "none") return null
  const [, digits, unit] = /^(\d{1,12})\s*([kmgt]?b)?$/i.exec(size) ?? []
  const scale = units[(unit ?? "").toLowerCase()]
  if (digits === undefined || scale === undefined || unit?.toLowerCase() === "b")
    throw new ControlError(`"${size}" is no size: write something like 500MB, 10GB, or none`)
  const bytes = Number(digits) * scale
  if (!Number.isSafeInteger(bytes)) throw new ControlError(`${size} is more than can be counted: write none`)
  return bytes
}
