import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { scanMessage } from "@letterkeep/mime"
import { systemChance } from "../ports/chance.ts"
import { createPrivacy } from "../privacy/index.ts"
import { type AccountId, asId, type EmailId } from "../store/index.ts"
import { makeAccount, makeHolder, openTestVaults } from "../vaults/open-test-vaults.ts"
import { prepareEntry } from "./entry.ts"
import { createKeep } from "./keep.ts"
import { createFirstMailboxes, type MailboxRole } from "./mailboxes.ts"
import { findMessage, type ListedMessage, newestMessages } from "./read.ts"
import { openSealedIndex } from "./sealed-index/index.ts"

async function openHouse(t: TestContext) {
  const parts = await openTestVaults(t)
  const { store, vaults, clock } = parts
  const keep = createKeep(store, vaults, systemChance)
  const privacy = createPrivacy({ clock })
  const sealedIndex = openSealedIndex({ ...parts, privacy, chance: systemChance })
  t.after(() => sealedIndex.close())
  return {
    parts: { store, sealedIndex },
    async addAccount() {
      const holder = makeHolder()
      const account = await makeAccount(parts, holder)
      await store.transaction(tx => createFirstMailboxes(tx, vaults, account, clock.now(), null))
      const session = vaults.openSession(account, await vaults.openWraps(account, holder))
      t.after(() => session.close())
      return { account, session }
    },
    async receive(account: AccountId, subject: string, role: MailboxRole = "inbox") {
      const message = Buffer.from(`Subject: ${subject}\r\n\r\nGood day\r\n`)
      const entry = prepareEntry(scanMessage(message))(0, { kind: "accept", reasons: [] })
      const receivedAt = clock.now()
      await keep.keep([
        {
          account,
          into: [{ kind: "role", role }],
          keywords: [],
          receivedAt,
          parts: [message],
          threadHashes: [],
          entry,
        },
      ])
    },
    subjectsOf: (account: AccountId, messages: readonly ListedMessage[]) =>
      privacy.gate("mail.read", { kind: "account", account }, async permit =>
        messages.map(message => message.summary?.open(permit).fields().subject),
      ),
  }
}

test("lists the newest messages first, of all mailboxes, and no more than asked for", async t => {
  const { parts, addAccount, receive, subjectsOf } = await openHouse(t)
  const { account, session } = await addAccount()
  for (const [subject, role] of [["one"], ["two", "junk"], ["three"]] as const)
    await receive(account, subject, role)
  const newest = await newestMessages(parts, session, 2)
  assert.deepEqual(await subjectsOf(account, newest), ["three", "two"])
  assert.equal((await newestMessages(parts, session, 50)).length, 3)
})

test("finds one message by its id, and none of another account", async t => {
  const { parts, addAccount, receive, subjectsOf } = await openHouse(t)
  const [anna, ben] = [await addAccount(), await addAccount()]
  await receive(anna.account, "one")
  await receive(anna.account, "two")
  await receive(ben.account, "his own")
  const found = await findMessage(parts, anna.session, asId<EmailId>(2))
  assert.ok(found)
  assert.deepEqual(await subjectsOf(anna.account, [found]), ["two"])
  assert.equal(await findMessage(parts, ben.session, asId<EmailId>(2)), undefined)
})
