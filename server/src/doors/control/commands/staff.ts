/**
 * What those who run the server may see of a person: addresses, settings, sign-in methods and sizes. Each command
 * asks who looks and why, and the person sees both: see privacy/staff. What a person does with their own
 * password (`read`, `account password`) is their own act and not here.
 */
import { z } from "zod"
import { mailFacts } from "../../../messages/index.ts"
import { accountFacts, accountsAfter, type People } from "../../../people/index.ts"
import {
  LOOK_LIMIT,
  type Look,
  mailAddress,
  type Permit,
  type Privacy,
  readReason,
  type StaffAccess,
  type StaffRegister,
  type SupportCategory,
  secret,
} from "../../../privacy/index.ts"
import type { AccountId, Store } from "../../../store/index.ts"
import { opened, orRefuse, orSayBroken } from "../answers.ts"
import { ControlError, command } from "../command.ts"
import { keepCode } from "./keep-code.ts"
import { detailsOf, lineOf, type ShownAccount } from "./shown-account.ts"

export interface StaffCommandParts {
  readonly people: Pick<People, "findRecipient" | "adminReset">
  readonly privacy: Pick<Privacy, "gate">
  readonly store: Pick<Store, "sql">
  readonly staff: StaffAccess
  readonly staffRegister: StaffRegister
}

/** Longer reasons are refused with a sentence by `readReason`. */
export const whoAndWhy = { reason: z.string().max(10_000).optional(), by: z.string().max(1000).optional() }

const inList = ["user.contact.email", "user.preferences", "user.communications.metadata"] as const
const inFull = [...inList, "user.credentials"] as const satisfies readonly SupportCategory[]

export const staffCommands = (parts: StaffCommandParts) => [
  command(
    "account.list",
    z.object({ ...whoAndWhy, after: z.coerce.number().int().min(0).default(0) }),
    async input => {
      const looker = await lookerOf(parts.staffRegister, input, inList)
      const accounts = await accountsAfter(parts.store, input.after, LOOK_LIMIT + 1)
      const page = accounts.slice(0, LOOK_LIMIT)
      const look = { command: "account list", ...looker, accounts: page, categories: inList }
      const shown = await orSayBroken(parts.staff.look(look, permit => show(parts, page, permit)))
      const next = accounts.length > page.length ? page.at(-1) : undefined
      return {
        text: [
          ...shown.map(lineOf),
          ...(shown.length === 0 ? ["there is nobody here"] : []),
          ...(next === undefined ? [] : [`There are more: --after ${next}, with its own reason.`]),
        ].join("\n"),
        value: { accounts: shown.map(({ signIns: _, ...rest }) => rest), next: next ?? null },
      }
    },
  ),
  command("account.show", z.object({ address: z.string().max(1000), ...whoAndWhy }), async input => {
    const looker = await lookerOf(parts.staffRegister, input, inFull)
    const account = await accountAt(parts, input.address)
    const look = { command: "account show", ...looker, accounts: [account], categories: inFull }
    const [shown] = await orSayBroken(parts.staff.look(look, permit => show(parts, [account], permit)))
    if (shown === undefined) throw new ControlError(`the account of ${input.address} has gone`)
    return { text: detailsOf(shown), value: shown }
  }),
  // Whoever sets a password reads what comes from then on.
  command(
    "account.reset",
    z.object({ address: z.string().max(1000), password: z.string().max(4096), ...whoAndWhy }),
    async input => {
      const looker = await lookerOf(parts.staffRegister, input, [])
      const account = await accountAt(parts, input.address)
      const look = { command: "account reset", ...looker, accounts: [account], categories: [] }
      const { answer: done, isTold } = await parts.staff.act(look, async record =>
        orRefuse(await parts.people.adminReset(mailAddress(input.address), secret(input.password), record)),
      )
      const code = await opened(parts.privacy, done.account.id, done.recoveryCode)
      return {
        text: [
          `set a new password for ${input.address}${isTold ? "; the person is told" : ""}`,
          ...(isTold ? [] : [notTold]),
          "Old mail waits: the old recovery code (account recover) or the old password (account reopen) opens it again.",
          keepCode(code),
        ].join("\n"),
        value: { address: input.address, recoveryCode: code, isTold },
      }
    },
  ),
]

/** The answer of an act that was done, which says so where the person could not be told of it. */
export function orNotTold<T extends { readonly isTold: boolean }>(text: string, value: T) {
  return { text: value.isTold ? `${text}; the person is told` : `${text}\n${notTold}`, value }
}

const notTold =
  "The person could not be told by mail (the log says why); their ledger has it. Tell them yourself, with your reason."

/** Refuses the command where no reason was given, or none that says anything, or by nobody who may be shown this. */
export async function lookerOf(
  register: Pick<StaffRegister, "whoLooks">,
  asked: { readonly reason?: string | undefined; readonly by?: string | undefined },
  shown: readonly SupportCategory[],
): Promise<Pick<Look, "reason" | "by">> {
  const read = readReason(asked.reason)
  if (read.kind === "refused") throw new ControlError(read.text)
  const looks = await orSayBroken(register.whoLooks(asked.by, shown))
  if (looks.kind === "refused") throw new ControlError(looks.text)
  return { reason: read.reason, by: looks.by }
}

/** Whether there is an account with an address is no secret: the mail door tells it to anybody. */
export async function accountAt(
  {
    people,
    privacy,
  }: { readonly people: Pick<People, "findRecipient">; readonly privacy: Pick<Privacy, "gate"> },
  address: string,
): Promise<AccountId> {
  const found = await privacy.gate("account.serve", { kind: "stranger" }, permit =>
    people.findRecipient(mailAddress(address), permit),
  )
  if (found.kind !== "local") throw new ControlError(`there is no account with the address ${address}`)
  return found.accountId
}

async function show(
  { store }: Pick<StaffCommandParts, "store">,
  accounts: readonly AccountId[],
  permit: Permit<"account.support">,
): Promise<readonly ShownAccount[]> {
  const mail = await mailFacts(store, accounts, permit)
  const facts = await accountFacts(store, accounts, permit)
  return facts.map(({ account, role, openedAt, addresses, signIns }) => {
    const size = mail.get(account)?.size.open(permit)
    return {
      account,
      role,
      openedAt: openedAt.toISOString(),
      addresses: addresses.map(address => address.open(permit)),
      messages: size?.messages ?? 0,
      bytes: size?.bytes ?? 0,
      quotaBytes: mail.get(account)?.quota.open(permit) ?? null,
      signIns: signIns.open(permit),
    }
  })
}
