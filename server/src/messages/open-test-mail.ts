/** Accounts with mail on a database of a test's own, and the rules that its rows must keep whatever happens. */

import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { scanMessage } from "@letterkeep/mime"
import { systemChance } from "../ports/chance.ts"
import { createPrivacy, personal } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { atEnd } from "../store/at-end.ts"
import { type AccountId, asId, type MailboxId, type ModSeq, type Uid } from "../store/index.ts"
import { makeAccount, makeHolder, openTestVaults } from "../vaults/open-test-vaults.ts"
import { prepareEntry } from "./entry.ts"
import { createKeep } from "./keep.ts"
import type { Incoming, Mail, UidRange } from "./mail.ts"
import { createFirstMailboxes, type MailboxRole } from "./mailboxes.ts"
import { createMail } from "./open-mail.ts"
import { threadIdsOf } from "./thread-ids.ts"

export async function openTestMail(t: TestContext, quotaBytes: number | null = null) {
  const parts = await openTestVaults(t)
  const { store, vaults, clock } = parts
  const keep = createKeep(store, vaults, systemChance)
  const privacy = createPrivacy({ clock })
  const disk: { room: "enough" | "low" } = { room: "enough" }
  const open = createMail({
    store: { ...store, room: () => disk.room },
    vaults,
    privacy,
    clock,
    chance: systemChance,
    contents: () => ({
      summaries: () => assert.fail("no index in this test"),
      search: () => assert.fail("no search in this test"),
    }),
  })
  return {
    ...parts,
    privacy,
    disk,
    keep,
    async addAccount() {
      const holder = makeHolder()
      const account = await makeAccount(parts, holder)
      await store.transaction(tx => createFirstMailboxes(tx, vaults, account, clock.now(), quotaBytes))
      const signIn = async () => {
        const session = vaults.openSession(account, await vaults.openWraps(account, holder))
        atEnd(t, () => session.close())
        return { session, mail: open(session) }
      }
      return { account, signIn, ...(await signIn()) }
    },
    /** As the SMTP door would bring it. */
    async receive(
      account: AccountId,
      message: Buffer,
      first: MailboxRole = "inbox",
      ...others: MailboxRole[]
    ): Promise<void> {
      const scan = scanMessage(message)
      await keep.keep([
        {
          account,
          into: [inRole(first), ...others.map(inRole)],
          keywords: [],
          receivedAt: clock.now(),
          parts: [message],
          threadHashes: threadIdsOf(scan).all.map(id => vaults.keyedHash(account, "message-id", id)),
          entry: prepareEntry(scan)(0, { kind: "accept", reasons: [] }),
        },
      ])
    },
    append: (mail: Mail, to: string, ...messages: readonly Incoming[]) =>
      privacy.gate("mail.organise", { kind: "account", account: mail.account }, permit =>
        mail.append(
          to,
          messages.map(message => personal("user.content.private.mail", message)),
          permit,
        ),
      ),
    replace: (mail: Mail, from: MailboxId, uid: Uid, to: string, message: Incoming) =>
      privacy.gate("mail.organise", { kind: "account", account: mail.account }, permit =>
        mail.replace(from, uid, to, personal("user.content.private.mail", message), permit),
      ),
    bodyOf: (mail: Mail, body: Buffer, from?: number, to?: number): Promise<Buffer> =>
      privacy.gate("mail.read", { kind: "account", account: mail.account }, async permit => {
        const pieces: Buffer[] = []
        for await (const piece of mail.body(body, from, to)) pieces.push(piece.open(permit))
        return Buffer.concat(pieces)
      }),
    bodiesOf: (mail: Mail, mailbox: MailboxId, ranges: readonly UidRange[] = everything) =>
      privacy.gate("mail.read", { kind: "account", account: mail.account }, async permit => {
        const found = new Map<number, Buffer>()
        for await (const { row, piece } of mail.bodies(mailbox, ranges))
          found.set(row.uid, Buffer.concat([found.get(row.uid) ?? Buffer.alloc(0), piece.open(permit)]))
        return found
      }),
  }
}

export type TestMail = Awaited<ReturnType<typeof openTestMail>>

const inRole = (role: MailboxRole) => ({ kind: "role", role }) as const

export const everything: readonly UidRange[] = [{ first: 1, last: 2 ** 32 - 1 }]

export function letter(subject: string, more: readonly string[] = [], text = "Good day"): Buffer {
  return Buffer.from([`Subject: ${subject}`, ...more, "", text, ""].join("\r\n"))
}

export function incoming(message: Uint8Array, more: Partial<Omit<Incoming, "parts">> = {}): Incoming {
  return { parts: [message], keywords: [], deleted: false, receivedAt: undefined, ...more }
}

export async function mailboxNamed(mail: Mail, name: string) {
  const found = (await mail.mailboxes()).find(mailbox => opened(mailbox.name) === name)
  assert.ok(found, `there is no ${name}`)
  return found
}

export async function rowsOf(mail: Mail, mailbox: MailboxId, ranges = everything, since?: number) {
  const rows = []
  const changedSince = since === undefined ? undefined : asId<Parameters<Mail["changes"]>[1]>(since)
  for await (const page of mail.rows(mailbox, ranges, changedSince)) rows.push(...page)
  return rows
}

/** Rows as `append` would write them, with bodies of one octet that nobody opens. */
export async function fill(
  { store }: Pick<TestMail, "store">,
  account: number,
  mailbox: number,
  count: number,
): Promise<void> {
  await store.transaction(async tx => {
    const [state] = await tx<{ email: number; modseq: number }[]>`
      update mail_state set email_next = email_next + ${count}, modseq = modseq + 1,
        messages = messages + ${count}, used_bytes = used_bytes + ${count}
      where account_id = ${account} returning email_next - ${count} as email, modseq`
    const [box] = await tx<{ uid: number }[]>`
      update mailbox set uid_next = uid_next + ${count}, total = total + ${count}, unseen = unseen + ${count},
        bytes = bytes + ${count}, modseq = ${state?.modseq ?? 0}
      where account_id = ${account} and mailbox_id = ${mailbox} returning uid_next - ${count} as uid`
    const [email, uid, modseq] = [state?.email ?? 0, box?.uid ?? 0, asId<ModSeq>(state?.modseq ?? 0)]
    await tx`
      insert into email (account_id, email_id, body_id, thread_id, modseq, size, received_at)
      select ${account}, ${email} + n, gen_random_uuid(), ${email} + n, ${modseq}, 1, now()
      from generate_series(0, ${count}::bigint - 1) n`
    await tx`
      insert into membership (account_id, mailbox_id, uid, email_id, modseq, saved_at)
      select ${account}, ${mailbox}, ${uid} + n, ${email} + n, ${modseq}, now()
      from generate_series(0, ${count}::bigint - 1) n`
    await tx`
      insert into body (account_id, body_id, no, seal_key_id, data)
      select account_id, body_id, 0, 1, 'x' from email where account_id = ${account} and email_id >= ${email}`
  })
}

/** Counts everything again from the rows, and compares it with what the counters say. */
export async function assertCountersRight({ store }: Pick<TestMail, "store">): Promise<void> {
  const wrong = await store.sql`
    select b.account_id, b.mailbox_id, b.total, b.unseen, b.deleted, b.bytes, c.*
    from mailbox b left join lateral (
      select count(*) as n, count(*) filter (where not '$seen' = any(e.keywords)) as not_seen,
        count(*) filter (where m.deleted) as marked, coalesce(sum(e.size), 0) as octets,
        coalesce(max(m.modseq), 0) as newest, coalesce(max(m.uid), 0) as highest
      from membership m join email e using (account_id, email_id)
      where m.account_id = b.account_id and m.mailbox_id = b.mailbox_id) c on true
    where (b.total, b.unseen, b.deleted, b.bytes) is distinct from (c.n, c.not_seen, c.marked, c.octets)
      or b.modseq < c.newest or b.uid_next <= c.highest`
  assert.deepEqual([...wrong], [])
  const states = await store.sql`
    select s.account_id, s.messages, s.used_bytes, s.modseq, s.email_next, c.* from mail_state s left join lateral (
      select count(*) as n, coalesce(sum(size), 0) as octets, coalesce(max(email_id), 0) as highest
      from email e where e.account_id = s.account_id) c on true
    where (s.messages, s.used_bytes) is distinct from (c.n, c.octets) or s.email_next <= c.highest
      or s.modseq < (select coalesce(max(modseq), 0) from change where account_id = s.account_id)
      or s.modseq < (select coalesce(max(modseq), 0) from mailbox where account_id = s.account_id)`
  assert.deepEqual([...states], [])
  const loose = await store.sql`
    select 'an email in no mailbox' as what, email_id::text as which from email e
      where not exists (select from membership m where m.account_id = e.account_id and m.email_id = e.email_id)
    union all select 'a message without its email', m.uid::text from membership m
      where not exists (select from email e where e.account_id = m.account_id and e.email_id = m.email_id)
    union all select 'a message in no mailbox', m.uid::text from membership m
      where not exists (select from mailbox b where b.account_id = m.account_id and b.mailbox_id = m.mailbox_id)
    union all select 'a body of no email', b.body_id::text from body b
      where not exists (select from email e where e.account_id = b.account_id and e.body_id = b.body_id)
    union all select 'an email without its body', e.email_id::text from email e
      where not exists (select from body b where b.account_id = e.account_id and b.body_id = e.body_id)
    union all select 'an entry of no email', i.id::text from idx_entry i
      where not exists (select from email e where e.account_id = i.account_id and e.email_id = i.id)
    union all select 'an email twice in a mailbox', email_id::text from membership
      group by account_id, mailbox_id, email_id having count(*) > 1
    union all select 'two emails on a body that is not said to be shared', body_id::text from email
      group by account_id, body_id having count(*) > 1 and not bool_and(body_shared)
    union all select 'a message older than its email', m.uid::text from membership m
      join email e using (account_id, email_id) where m.modseq < e.modseq`
  assert.deepEqual([...loose], [])
}
