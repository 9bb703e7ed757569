/** Accounts with mail and their index, on a database of a test's own; and what the index must answer, found the long way. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { foldText, scanMessage, textOf } from "@letterkeep/mime"
import { systemChance } from "../../ports/chance.ts"
import { createPrivacy } from "../../privacy/index.ts"
import type { AccountId, EmailId } from "../../store/index.ts"
import type { VaultSession } from "../../vaults/index.ts"
import { makeAccount, makeHolder, openTestVaults } from "../../vaults/open-test-vaults.ts"
import { toInbox } from "../delivery.ts"
import { prepareEntry, readEntry } from "../entry.ts"
import { createKeep } from "../keep.ts"
import { createFirstMailboxes } from "../mailboxes.ts"
import type { AccountIndex, Question, Summary } from "./contract.ts"
import { foldedText } from "./entry-texts.ts"
import { indexFields } from "./fields.ts"
import { forgetInIndex } from "./forget.ts"
import { openSealedIndex } from "./index.ts"
import type { IndexLimits } from "./limits.ts"

/** Small, so that a handful of messages makes all levels. */
export const smallLimits: Partial<IndexLimits> = { levels: [8, 24, 72], fan: 3, goneShare: 4, filterBytes: 0 }

export async function openTestIndex(t: TestContext, limits: Partial<IndexLimits> = smallLimits) {
  const house = await openHouse(t, limits)
  return { ...house, addAccount: () => addAccount(t, house) }
}

type House = Awaited<ReturnType<typeof openHouse>>

async function openHouse(t: TestContext, limits: Partial<IndexLimits>) {
  const parts = await openTestVaults(t)
  const { store, vaults, clock, log } = parts
  const privacy = createPrivacy({ clock })
  const keep = createKeep(store, vaults, systemChance)
  const openAnother = (other: Partial<IndexLimits> = limits) => {
    const index = openSealedIndex({ store, vaults, privacy, clock, chance: systemChance, log, limits: other })
    t.after(() => index.close())
    return index
  }
  return { ...parts, privacy, keep, openAnother, index: openAnother() }
}

async function addAccount(t: TestContext, house: House) {
  const { store, vaults, clock, keep, privacy } = house
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  await store.transaction(tx => createFirstMailboxes(tx, vaults, account, clock.now(), null))
  const messages = new Map<EmailId, Buffer>()
  const signIn = async (by = holder): Promise<VaultSession> => {
    const session = vaults.openSession(account, await vaults.openWraps(account, by))
    t.after(() => session.close())
    return session
  }
  return {
    account,
    holder,
    /** What is kept, by its number. */
    messages,
    signIn,
    async receive(...all: readonly (string | Buffer)[]): Promise<readonly EmailId[]> {
      const bodies = all.map(one => (typeof one === "string" ? Buffer.from(one) : one))
      const emails: EmailId[] = []
      for (const body of bodies) {
        const [kept] = await keep.keep([deliveryOf(account, clock.now(), body)])
        assert.ok(kept)
        messages.set(kept.email, body)
        emails.push(kept.email)
      }
      return emails
    },
    /** As an expunge of the last membership does. */
    async destroy(...emails: readonly EmailId[]): Promise<void> {
      for (const email of emails) messages.delete(email)
      await store.transaction(async tx => {
        await tx`update mail_state set messages = messages - ${emails.length} where account_id = ${account}`
        await tx`delete from membership where account_id = ${account} and email_id = any(${[...emails]}::bigint[])`
        await tx`delete from body where account_id = ${account} and body_id in (
          select body_id from email where account_id = ${account} and email_id = any(${[...emails]}::bigint[]))`
        await tx`delete from email where account_id = ${account} and email_id = any(${[...emails]}::bigint[])`
        await forgetInIndex(tx, account, emails)
      })
    },
    /** What `index` shows of these, in their order; undefined for none. */
    async show<T>(
      index: AccountIndex,
      emails: readonly EmailId[],
      of: (summary: Summary) => T,
    ): Promise<(T | undefined)[]> {
      return await privacy.gate("mail.read", { kind: "account", account }, async permit => {
        const shown: (T | undefined)[] = []
        for await (const page of index.summaries(emails))
          for (const one of page) shown.push(one === undefined ? undefined : of(one.open(permit)))
        return shown
      })
    },
    /** Fails where the index leaves out a message that matches, or is sure of one that does not. */
    async check(index: AccountIndex, question: Question): Promise<{ sure: number; perhaps: number }> {
      const found = await index.find(question)
      const live = (emails: Float64Array) =>
        Array.from(emails).filter(email => messages.has(email as EmailId))
      const [sure, perhaps] = [live(found.sure), live(found.perhaps)]
      const right = [...messages].filter(([, body]) => holds(body, question)).map(([email]) => email)
      const both = new Set<number>([...sure, ...perhaps])
      assert.equal(both.size, sure.length + perhaps.length, "a message is in both")
      assert.deepEqual(
        right.filter(email => !both.has(email)),
        [],
        `left out, of ${JSON.stringify(question)}`,
      )
      assert.deepEqual(
        sure.filter(email => !right.includes(email as EmailId)),
        [],
        `not right, of ${JSON.stringify(question)}`,
      )
      assert.deepEqual(
        [...found.sure],
        [...found.sure].sort((a, b) => a - b),
      )
      assert.deepEqual(
        [...found.perhaps],
        [...found.perhaps].sort((a, b) => a - b),
      )
      return { sure: sure.length, perhaps: perhaps.length }
    },
  }
}

function deliveryOf(account: AccountId, receivedAt: number, body: Buffer) {
  const entry = prepareEntry(scanMessage(body))(0, {
    kind: "accept",
    reasons: [{ code: "x", sentence: "Of course." }],
  })
  return { account, into: toInbox, keywords: [], receivedAt, parts: [body], threadHashes: [], entry }
}

/** The truth: without an index, of the message itself. */
export function holds(body: Buffer, question: Question): boolean {
  const scan = scanMessage(body)
  if ("headerName" in question) return scan.root.fields.some(({ name }) => name === question.headerName)
  const entry = readEntry(prepareEntry(scan)(0, { kind: "accept", reasons: [] }))
  return question.fields.some(field => {
    const text =
      field === "body" ? foldText(textOf(scan, Number.POSITIVE_INFINITY)) : foldedText(entry, field)
    return text.includes(question.text)
  })
}

export const everywhere = (text: string): Question => ({ fields: indexFields, text: foldText(text) })
