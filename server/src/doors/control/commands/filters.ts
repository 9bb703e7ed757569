/**
 * A person's filters, by their own password: a filter can send a copy of all mail elsewhere, so nobody sets one for
 * somebody else. Those who run the server can stop one, for a reason that the person is told.
 */
import { type Fault, faultText } from "@letterkeep/sieve"
import { z } from "zod"
import { type FilterFacts, type Filters, whyStopped } from "../../../people/filters/index.ts"
import type { People } from "../../../people/index.ts"
import {
  type FilterText,
  filterText,
  mailAddress,
  type Privacy,
  type StaffAccess,
  type StaffRegister,
  secret,
} from "../../../privacy/index.ts"
import type { VaultSession } from "../../../vaults/index.ts"
import { orRefuse } from "../answers.ts"
import { ControlError, type ControlResult, command } from "../command.ts"
import { accountAt, lookerOf, orNotTold, whoAndWhy } from "./staff.ts"

export interface FilterCommandParts {
  readonly people: Pick<People, "findRecipient" | "signIn">
  readonly privacy: Pick<Privacy, "gate">
  readonly filters: Pick<Filters, "own">
  readonly staff: StaffAccess
  readonly staffRegister: StaffRegister
}

/** Where nobody gives a name. */
const usualName = "main"

const address = z.string().max(1000)
const password = z.string().max(4096)
const name = z.string().max(1000)
/** Longer ones are refused with a sentence when they are checked. */
const script = z.string().max(1_000_000)

export const filterCommands = ({ people, privacy, filters, staff, staffRegister }: FilterCommandParts) => {
  const { own } = filters
  async function asOwner(
    given: { readonly address: string; readonly password: string },
    work: (session: VaultSession) => Promise<ControlResult>,
  ): Promise<ControlResult> {
    const signedIn = await people.signIn(mailAddress(given.address), secret(given.password), "control")
    const { session } = orRefuse(signedIn)
    try {
      return await work(session)
    } finally {
      session.close()
    }
  }
  const shown = ({ account }: VaultSession, text: FilterText): Promise<string> =>
    privacy.gate("mail.organise", { kind: "account", account }, async permit => text.open(permit))
  const facts = async (session: VaultSession, { name, isActive, stopped, changedAt }: FilterFacts) => ({
    name: await shown(session, name),
    isActive,
    ...(stopped === undefined ? {} : { stopped }),
    changedAt: new Date(changedAt).toISOString(),
  })

  return [
    command("filter.set", z.object({ address, script, password, name: name.default(usualName) }), input =>
      asOwner(input, async session => {
        const done = await own.set(session, filterText(input.name), filterText(input.script))
        if (done.kind === "faulty") throw new ControlError(faultsText("the filter is wrong:", done.faults))
        const set = orRefuse(done)
        const called = await shown(session, set.name)
        const warnings = set.warnings.map(faultText)
        return {
          text: [`"${called}" is set, and runs on what comes from now on`, ...warnings].join("\n"),
          value: { name: called, warnings: set.warnings },
        }
      }),
    ),
    command("filter.list", z.object({ address, password }), input =>
      asOwner(input, async session => {
        const list = await Promise.all((await own.list(session)).map(each => facts(session, each)))
        const lines = list.map(
          each =>
            `${each.isActive ? "*" : " "} ${each.name}  ${each.changedAt.slice(0, 16).replace("T", " ")}${each.stopped === undefined ? "" : `  stopped: ${whyStopped[each.stopped]}`}`,
        )
        return { text: lines.length === 0 ? "no filters" : lines.join("\n"), value: { filters: list } }
      }),
    ),
    command("filter.show", z.object({ address, password, name: name.optional() }), input =>
      asOwner(input, async session => {
        const wanted = input.name === undefined ? undefined : filterText(input.name)
        const found = orRefuse(await own.show(session, wanted))
        const text = await shown(session, found.script)
        return { text, value: { ...(await facts(session, found)), script: text } }
      }),
    ),
    command("filter.use", z.object({ address, password, name }), input =>
      asOwner(input, async session => {
        const done = orRefuse(await own.use(session, filterText(input.name)))
        const called = done.kind === "none" ? "" : await shown(session, done.name)
        return { text: `"${called}" runs on what comes from now on`, value: { name: called } }
      }),
    ),
    command("filter.off", z.object({ address, password }), input =>
      asOwner(input, async session => {
        await own.use(session, undefined)
        return { text: "no filter runs on what comes from now on", value: {} }
      }),
    ),
    command("filter.remove", z.object({ address, password, name }), input =>
      asOwner(input, async session => {
        const done = orRefuse(await own.remove(session, filterText(input.name)))
        const called = await shown(session, done.name)
        return { text: `"${called}" is gone`, value: { name: called } }
      }),
    ),
    command("filter.stop", z.object({ address, ...whoAndWhy }), async input => {
      const looker = await lookerOf(staffRegister, input, [])
      const account = await accountAt({ people, privacy }, input.address)
      const act = { command: `filter stop ${input.address}`, ...looker, accounts: [account], categories: [] }
      const { answer: wasAtWork, isTold } = await staff.act(act, async record => {
        const stopped = await own.stop(account, record)
        if (!stopped) throw new ControlError(`no filter runs on the mail of ${input.address}`)
        return stopped
      })
      return orNotTold(`no filter runs on the mail of ${input.address} any more`, { wasAtWork, isTold })
    }),
  ]
}

function faultsText(head: string, faults: readonly Fault[]): string {
  return [head, ...faults.map(fault => `  ${faultText(fault)}`)].join("\n")
}
