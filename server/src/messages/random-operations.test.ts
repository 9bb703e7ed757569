import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import fc from "fast-check"
import { opened } from "../privacy/test-privacy.ts"
import { asId, type MailboxId, type ModSeq } from "../store/index.ts"
import type { FlagChange, Mail, UidRange } from "./mail.ts"
import {
  assertCountersRight,
  everything,
  incoming,
  letter,
  mailboxNamed,
  openTestMail,
  type TestMail,
} from "./open-test-mail.ts"

/**
 * Two sessions of one account, and mail that arrives, all at once. Whatever they do: counters are what the rows say,
 * no modseq or UID is given twice, and who follows a mailbox by `changes` ends with what is in it.
 */
type Act =
  | { readonly act: "receive"; readonly filed: boolean; readonly refs: readonly number[] }
  | {
      readonly act: "append" | "copy" | "move" | "expunge"
      readonly from: number
      readonly to: number
      readonly at: Span
    }
  | { readonly act: "store"; readonly from: number; readonly at: Span; readonly change: FlagChange }
  | { readonly act: "replace"; readonly from: number; readonly to: number; readonly at: Span }
  | {
      readonly act: "edit"
      readonly how: "create" | "delete" | "rename"
      readonly from: number
      readonly to: number
    }

type Span = readonly [first: number, length: number]

const names = ["INBOX", "Archive", "Trash", "a", "a/b", "c"]
const mailbox = fc.nat(names.length - 1)
const span = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 20 }))
const change = fc.record({
  change: fc.constantFrom("set" as const, "add" as const, "remove" as const),
  keywords: fc.subarray(["$seen", "$flagged", "work"]),
  deleted: fc.boolean(),
})
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant("receive" as const),
      filed: fc.boolean(),
      refs: fc.subarray([1, 2, 3, 4]),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constantFrom("append" as const, "copy" as const, "move" as const, "expunge" as const),
      from: mailbox,
      to: mailbox,
      at: span,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ act: fc.constant("store" as const), from: mailbox, at: span, change }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("replace" as const), from: mailbox, to: mailbox, at: span }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("edit" as const),
      how: fc.constantFrom("create" as const, "delete" as const, "rename" as const),
      from: mailbox,
      to: mailbox,
    }),
  },
)

async function perform(house: TestMail, mail: Mail, one: Act, serial: number): Promise<void> {
  const idOf = async (index: number): Promise<MailboxId> => {
    const name = names[index] ?? ""
    const found = (await mail.mailboxes()).find(each => opened(each.name) === name)
    return found?.id ?? asId<MailboxId>(999)
  }
  const rangesOf = ([first, length]: Span): readonly UidRange[] => [{ first, last: first + length - 1 }]
  const to = "to" in one ? (names[one.to] ?? "") : ""
  switch (one.act) {
    case "receive": {
      const more = [`Message-ID: <${serial}@x>`, `References: ${one.refs.map(ref => `<${ref}@x>`).join(" ")}`]
      const roles = one.filed ? (["archive", "inbox"] as const) : (["inbox"] as const)
      return await house.receive(mail.account, letter(`${serial}`, more), ...roles)
    }
    case "append": {
      const count = 1 + (one.at[1] % 3)
      const message = incoming(letter(`${serial}`), {
        deleted: one.at[0] % 2 === 0,
        keywords: one.from % 2 ? ["$seen"] : [],
      })
      await house.append(mail, to, ...Array.from({ length: count }, () => message))
      return
    }
    case "copy":
      await mail.copy(await idOf(one.from), rangesOf(one.at), to)
      return
    case "move":
      await mail.move(await idOf(one.from), rangesOf(one.at), to)
      return
    case "expunge":
      await mail.expunge(await idOf(one.from), one.at[0] % 2 ? everything : rangesOf(one.at))
      return
    case "store":
      await mail.store(await idOf(one.from), rangesOf(one.at), one.change)
      return
    case "replace":
      await house.replace(mail, await idOf(one.from), asId(one.at[0]), to, incoming(letter(`${serial}`)))
      return
    case "edit":
      if (one.how === "create") await mail.createMailbox(to)
      else if (one.how === "delete") await mail.deleteMailbox(to)
      else await mail.renameMailbox(names[one.from] ?? "", to)
  }
}

/** Follows one mailbox from its beginning by `changes`, as an idling program does. */
function follower(mail: Mail, mailbox: MailboxId) {
  const known = new Map<number, string>()
  const ever = new Map<number, number>()
  let since = asId<ModSeq>(0)
  return {
    known,
    async look(): Promise<void> {
      const news = await mail.changes(mailbox, since)
      assert.ok("messages" in news && news.complete && news.modseq >= since)
      for (const uid of news.vanished) known.delete(uid)
      for (const row of news.messages) {
        assert.ok(row.modseq > since && row.modseq <= news.modseq)
        // A UID stays with its message.
        assert.equal(ever.get(row.uid) ?? row.email, row.email)
        ever.set(row.uid, row.email)
        known.set(row.uid, `${row.email} ${row.keywords} ${row.deleted} ${row.thread}`)
      }
      since = news.modseq
    },
  }
}

async function run(t: TestContext, lanes: readonly (readonly Act[])[]): Promise<void> {
  const house = await openTestMail(t)
  const { account, mail, signIn } = await house.addAccount()
  const sessions = [mail, (await signIn()).mail]
  const inbox = await mailboxNamed(mail, "INBOX")
  const following = follower(sessions[1] ?? mail, inbox.id)
  let busy = true
  let serial = 0
  const watch = async (): Promise<void> => {
    while (busy) await following.look()
  }
  const watching = watch()
  await Promise.all(
    lanes.map(async (acts, lane) => {
      for (const one of acts) await perform(house, sessions[lane % sessions.length] ?? mail, one, ++serial)
    }),
  ).finally(() => {
    busy = false
  })
  await watching
  await assertCountersRight(house)
  await following.look()
  const rows = new Map<number, string>()
  for await (const page of mail.rows(inbox.id, everything))
    for (const row of page) rows.set(row.uid, `${row.email} ${row.keywords} ${row.deleted} ${row.thread}`)
  assert.deepEqual(new Map([...following.known].sort(([a], [b]) => a - b)), rows)
  const doubles = await house.store.sql`
    select modseq, count(distinct at) from change where account_id = ${account}
    group by modseq having count(distinct at) > 1`
  assert.deepEqual([...doubles], [])
}

test("two sessions and arriving mail, all at once, leave everything in order", {
  timeout: 170_000,
}, async t => {
  const lanes = fc.array(fc.array(act, { minLength: 5, maxLength: 14 }), { minLength: 3, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(lanes, async all => {
      await t.test("a run", async inner => await run(inner, all))
    }),
    { numRuns: 12, endOnFailure: true },
  )
})
