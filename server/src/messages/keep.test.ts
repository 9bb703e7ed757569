import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { setTimeout as pause } from "node:timers/promises"
import { scanMessage } from "@letterkeep/mime"
import { systemChance } from "../ports/chance.ts"
import { systemClock } from "../ports/clock.ts"
import { silentLog } from "../ports/log.ts"
import { createPrivacy } from "../privacy/index.ts"
import { type AccountId, asId, type MailboxId, type Tx } from "../store/index.ts"
import { openTestStore, type TestStore } from "../store/test-store.ts"
import { openVaults, type VaultKey } from "../vaults/index.ts"
import type { Alongside, RowLocks } from "./alongside.ts"
import { bodyChunkBytes, type Delivery, toInbox } from "./delivery.ts"
import { prepareEntry } from "./entry.ts"
import { createKeep } from "./keep.ts"
import { createFirstMailboxes } from "./mailboxes.ts"
import { listMessages, openBody } from "./read.ts"
import { openSealedIndex } from "./sealed-index/index.ts"

async function house(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "letterkeep-keep-"))
  const store = await openTestStore(t)
  const vaults = await openVaults({
    store,
    clock: systemClock,
    chance: systemChance,
    log: silentLog,
    keyFile: join(folder, "keys.json"),
  })
  t.after(async () => {
    await vaults.close()
    await rm(folder, { recursive: true, force: true })
  })
  const privacy = createPrivacy({ clock: systemClock })
  const parts = { store, vaults, privacy, clock: systemClock, chance: systemChance, log: silentLog }
  const sealedIndex = openSealedIndex(parts)
  t.after(() => sealedIndex.close())
  const keys = new Map<AccountId, VaultKey>()
  const addAccount = async (): Promise<AccountId> =>
    await store.transaction(async tx => {
      const [org] = await tx<{ id: number }[]>`insert into org (name) values ('o') returning org_id as id`
      const [row] = await tx<{ id: number }[]>`
        insert into account (org_id, role) values (${org?.id ?? 0}, 'person') returning account_id as id`
      const account = asId<AccountId>(row?.id ?? 0)
      keys.set(account, await vaults.createVault(tx, account))
      await createFirstMailboxes(tx, vaults, account, systemClock.now(), null)
      return account
    })
  const sessionOf = (account: AccountId) => {
    const key = keys.get(account)
    assert.ok(key)
    return vaults.openSession(account, [{ ...key, privateKey: Buffer.from(key.privateKey) }])
  }
  const bodyOf = async (account: AccountId, body: Buffer): Promise<Buffer> => {
    const chunks: Buffer[] = []
    await privacy.gate("mail.read", { kind: "account", account }, async permit => {
      for await (const chunk of openBody(store, sessionOf(account), body)) chunks.push(chunk.open(permit))
    })
    return Buffer.concat(chunks)
  }
  const listOf = async (account: AccountId) => {
    const listed = []
    for await (const each of listMessages({ store, sealedIndex }, sessionOf(account))) listed.push(each)
    return listed
  }
  return {
    store,
    vaults,
    privacy,
    keep: createKeep(store, vaults, systemChance),
    addAccount,
    sessionOf,
    bodyOf,
    listOf,
  }
}

const hash = (text: string): Buffer => createHash("sha256").update(text).digest().subarray(0, 16)

function delivery(
  account: AccountId,
  message: Buffer,
  more: { into?: Delivery["into"]; refs?: string[] } = {},
): Delivery {
  return {
    account,
    into: more.into ?? toInbox,
    keywords: [],
    receivedAt: Date.UTC(2026, 1, 3),
    parts: [Buffer.from("Trace: x\r\n"), message],
    threadHashes: (more.refs ?? []).map(hash),
    entry: prepareEntry(scanMessage(message))(10, { kind: "accept", reasons: [] }),
  }
}

const toJunk: Delivery["into"] = [{ kind: "role", role: "junk" }]

const letter = (subject: string): Buffer => Buffer.from(`Subject: ${subject}\r\n\r\nGood day\r\n`)

test("keeps a message for several people, each sealed to its own reader, with numbers of their own", async t => {
  const { keep, addAccount, listOf, bodyOf, store, sessionOf, privacy } = await house(t)
  const [anna, ben] = [await addAccount(), await addAccount()]
  const message = letter("one")
  await keep.keep([delivery(anna, message), delivery(ben, message, { into: toJunk })])
  await keep.keep([delivery(anna, letter("two"))])

  const [first, second] = await listOf(anna)
  assert.ok(first && second)
  assert.deepEqual([first.uid, second.uid, first.email, second.email], [1, 2, 1, 2])
  assert.ok(second.modseq > first.modseq)
  const { summary } = first
  assert.ok(summary)
  const subject = await privacy.gate(
    "mail.read",
    { kind: "account", account: anna },
    async permit => summary.open(permit).fields().subject,
  )
  assert.equal(subject, "one")
  assert.deepEqual(await bodyOf(anna, first.body), Buffer.concat([Buffer.from("Trace: x\r\n"), message]))
  const [junked] = await listOf(ben)
  assert.ok(junked)
  assert.notEqual(junked.mailbox, first.mailbox)

  const [state] = await store.sql`select messages, used_bytes from mail_state where account_id = ${anna}`
  assert.deepEqual({ ...state }, { messages: 2, used_bytes: first.size + second.size })
  const [inbox] = await store.sql`
    select total, unseen, uid_next from mailbox where account_id = ${anna} and role = 'inbox'`
  assert.deepEqual({ ...inbox }, { total: 2, unseen: 2, uid_next: 3 })
  const changes = await store.sql`select id, op, uid from change where account_id = ${anna} order by modseq`
  assert.deepEqual(
    changes.map(row => ({ ...row })),
    [
      { id: 1, op: 1, uid: 1 },
      { id: 2, op: 1, uid: 2 },
    ],
  )
  // Ben's session cannot open what is Anna's.
  await assert.rejects(async () => {
    for await (const _ of openBody(store, sessionOf(ben), first.body)) assert.fail("opened")
  })
})

test("puts one message into several mailboxes: once into each, and what has gone gives way to the inbox", async t => {
  const { keep, addAccount, listOf, store } = await house(t)
  const anna = await addAccount()
  const [archive] = await store.sql<{ mailbox_id: MailboxId }[]>`
    select mailbox_id from mailbox where account_id = ${anna} and role = 'archive'`
  assert.ok(archive)
  const inArchive = { kind: "mailbox", mailbox: archive.mailbox_id, deleted: true } as const
  const inGone = { kind: "mailbox", mailbox: asId<MailboxId>(77) } as const
  const into = (...all: Delivery["into"]) => delivery(anna, letter("several"), { into: all })
  await Promise.all([
    keep.keep([into(...toJunk, inArchive, inArchive)]),
    keep.keep([into(inGone, ...toInbox), into(inArchive, ...toInbox), into(...toInbox)]),
  ])
  const listed = await listOf(anna)
  const mailboxes = Map.groupBy(listed, ({ mailbox }) => mailbox)
  assert.deepEqual(
    [...mailboxes.values()].map(each => [each.map(({ email }) => email), each.map(({ uid }) => uid)]),
    [
      [
        [2, 3, 4],
        [1, 2, 3],
      ],
      [[1], [1]],
      [
        [1, 3],
        [1, 2],
      ],
    ],
  )
  const [counted] = await store.sql`
    select s.messages, s.used_bytes = (select sum(size) from email where account_id = ${anna}) as sized,
      b.total, b.deleted, b.unseen, b.uid_next from mail_state s join mailbox b using (account_id)
    where account_id = ${anna} and mailbox_id = ${archive.mailbox_id}`
  assert.deepEqual(counted, { messages: 4, sized: true, total: 2, deleted: 2, unseen: 2, uid_next: 3 })
})

test("cuts a large body into chunks that open only whole and in order", async t => {
  const { keep, addAccount, listOf, bodyOf, store } = await house(t)
  const anna = await addAccount()
  const message = Buffer.concat([Buffer.from("\r\n"), Buffer.alloc(2 * bodyChunkBytes + 5, "ab\r\n")])
  await keep.keep([delivery(anna, message)])
  const [listed] = await listOf(anna)
  assert.ok(listed)
  const opened = await bodyOf(anna, listed.body)
  assert.ok(opened.equals(Buffer.concat([Buffer.from("Trace: x\r\n"), message])))

  await store.sql`delete from body where account_id = ${anna} and no = 2`
  await assert.rejects(bodyOf(anna, listed.body))
  await store.sql`delete from body where account_id = ${anna} and no = 0`
  await assert.rejects(bodyOf(anna, listed.body))
  await store.sql`delete from body where account_id = ${anna}`
  await assert.rejects(bodyOf(anna, listed.body))
})

test("numbers without gaps or doubles when many arrive at once", async t => {
  const { keep, addAccount, listOf } = await house(t)
  const accounts = [await addAccount(), await addAccount(), await addAccount()]
  const count = 150
  await Promise.all(
    Array.from({ length: count }, (_, n) =>
      keep.keep(accounts.slice(0, 1 + (n % 3)).map(account => delivery(account, letter(`${n}`)))),
    ),
  )
  await keep.idle()
  for (const [index, account] of accounts.entries()) {
    const uids = (await listOf(account)).map(each => each.uid)
    const expected = Array.from({ length: count }, (_, n) => n).filter(n => n % 3 >= index).length
    assert.deepEqual(
      uids,
      Array.from({ length: expected }, (_, n) => n + 1),
    )
  }
})

test("threads by references, and makes two threads one when a message names both", async t => {
  const { keep, addAccount, listOf, store } = await house(t)
  const anna = await addAccount()
  const arrive = (id: string, ...refs: string[]) =>
    keep.keep([delivery(anna, letter(id), { refs: [id, ...refs] })])
  await arrive("a")
  await arrive("b", "a")
  await arrive("c")
  assert.deepEqual(
    (await listOf(anna)).map(each => each.thread),
    [1, 1, 3],
  )
  await arrive("d", "b", "c")
  assert.deepEqual(
    (await listOf(anna)).map(each => each.thread),
    [1, 1, 1, 1],
  )
  await arrive("e", "c")
  assert.equal((await listOf(anna)).at(-1)?.thread, 1)
  const moved = await store.sql`select id from change where account_id = ${anna} and op = 2`
  assert.deepEqual(
    moved.map(row => row.id),
    [3],
  )
  // Twice the same thread within one group.
  await Promise.all([arrive("x"), arrive("y", "x"), arrive("z", "y", "e")])
  assert.deepEqual(
    (await listOf(anna)).slice(-3).map(each => each.thread),
    [1, 1, 1],
  )
})

test("does not let mail for an account that has gone harm others in its group", async t => {
  const { keep, addAccount, listOf, store } = await house(t)
  const [anna, gone] = [await addAccount(), await addAccount()]
  await keep.keep([delivery(gone, letter("before"))])
  await store.sql`delete from mail_state where account_id = ${gone}`
  const [kept, lost] = await Promise.allSettled([
    keep.keep([delivery(anna, letter("one"))]),
    keep.keep([delivery(gone, letter("two"))]),
  ])
  assert.equal(kept.status, "fulfilled")
  assert.equal(lost.status, "rejected")
  assert.equal((await listOf(anna)).length, 1)
})

test("puts mail for a mailbox that its owner removed into the inbox", async t => {
  const { keep, addAccount, listOf, store } = await house(t)
  const anna = await addAccount()
  await store.sql`delete from mailbox where account_id = ${anna} and role = 'junk'`
  await Promise.all([
    keep.keep([delivery(anna, letter("one"), { into: toJunk })]),
    keep.keep([delivery(anna, letter("two"))]),
  ])
  const listed = await listOf(anna)
  assert.deepEqual(
    listed.map(each => [each.mailbox, each.uid]),
    [
      [1, 1],
      [1, 2],
    ],
  )
})

test("tells of every change once it is durable", async t => {
  const { keep, addAccount, store } = await house(t)
  const anna = await addAccount()
  const heard = new Promise<string>(resolve => void store.listen("changes", resolve, () => undefined))
  await new Promise(resolve => setImmediate(resolve))
  const stop = await store.listen(
    "changes",
    () => undefined,
    () => undefined,
  )
  const [kept] = await keep.keep([delivery(anna, letter("one"))])
  assert.equal(await heard, `${anna}:${kept?.modseq}`)
  await stop()
})

test("notices a body that was swapped for another of the same reader", async t => {
  const { keep, addAccount, listOf, store } = await house(t)
  const anna = await addAccount()
  await keep.keep([delivery(anna, letter("one"))])
  await keep.keep([delivery(anna, letter("two"))])
  await store.sql`
    update email e set body_id = o.body_id from email o
    where e.account_id = ${anna} and o.account_id = ${anna} and e.email_id = 1 and o.email_id = 2`
  await assert.rejects(listOf(anna), { code: "not-authentic" })
})

test("lets no ordinary message wait for a large one", async t => {
  const { keep, addAccount, listOf, store } = await house(t)
  const anna = await addAccount()
  const ben = await addAccount()
  const large = Buffer.concat([letter("large"), Buffer.alloc(9 * 1024 * 1024, "ab\r\n")])
  const order: string[] = []
  await Promise.all([
    keep.keep([delivery(anna, large)]).then(() => order.push("large")),
    keep
      .keep([delivery(anna, letter("small")), delivery(ben, letter("small"))])
      .then(() => order.push("small")),
  ])
  assert.deepEqual(order, ["small", "large"])
  assert.equal((await listOf(anna)).length, 2)
  const [bodies] = await store.sql`select count(*)::int as n from body where account_id = ${anna}`
  assert.equal(bodies?.n, 1 + Math.ceil((large.length + 10) / bodyChunkBytes))
})

/** A table of somebody else's, and what is written into it alongside. */
async function aside(store: TestStore) {
  await store.owner`create table aside (account_id bigint, word text)`
  await store.owner`grant all on aside to public`
  return {
    word(account: AccountId, word: string): Alongside {
      return {
        bytes: word.length,
        addTo(tables) {
          const rows = tables.of("aside", ["account_id", "word"])
          rows.row()
          rows.int8(account)
          rows.text(word)
        },
      }
    },
    async words() {
      return (await store.sql<{ word: string }[]>`select word from aside order by word`).map(row => row.word)
    },
  }
}

test("what belongs to a message is written with it, also where it is kept by nobody", async t => {
  const { store, keep, addAccount, listOf } = await house(t)
  const { word, words } = await aside(store)
  const account = await addAccount()
  let groups = 0
  const once = async (tx: Tx) => {
    groups += 1
    await tx`insert into aside (word) values ('f')`
  }
  const work = async (tx: Tx) => void (await tx`insert into aside (word) values ('e')`)
  await Promise.all([
    keep.keep([delivery(account, letter("both"))], { ...word(account, "a"), once }),
    keep.keep([], { ...word(account, "b"), once }),
    keep.keep([delivery(account, letter("both"))], word(account, "c")),
    keep.keep([], { ...word(account, "d"), work, once }),
    keep.keep([], { bytes: 0, work }),
  ])
  assert.deepEqual(await words(), [
    "a",
    "b",
    "c",
    "d",
    "e",
    "e",
    ...Array.from({ length: groups }, () => "f"),
  ])
  assert.ok(groups > 0 && groups < 4)
  assert.equal((await listOf(account)).length, 2)
})

test("what is counted of an account is told once a group, with the sum of its messages", async t => {
  const { keep, addAccount, listOf } = await house(t)
  const [anna, ben] = [await addAccount(), await addAccount()]
  const told: (readonly (readonly [AccountId, number])[])[] = []
  const add = async (_: Tx, sums: ReadonlyMap<AccountId, number>) => {
    const all = [...sums]
    if (all.some(([, count]) => count > 100)) throw new Error("too many")
    told.push(all)
  }
  const tally = (account: AccountId, count: number): Alongside => ({
    bytes: 0,
    tally: { account, count, add },
  })
  // Their keys of the day are made with their first mail, which takes each its own time.
  await keep.keep([delivery(anna, letter("zero")), delivery(ben, letter("zero"))])
  await Promise.all([
    keep.keep([delivery(anna, letter("one"))], tally(anna, 2)),
    keep.keep([delivery(ben, letter("one"))], tally(ben, 5)),
    keep.keep([delivery(anna, letter("two"))], tally(anna, 3)),
  ])
  assert.deepEqual(told, [
    [
      [anna, 5],
      [ben, 5],
    ],
  ])
  const done = await Promise.allSettled([
    keep.keep([delivery(anna, letter("three"))], tally(anna, 60)),
    keep.keep([delivery(anna, letter("four"))], tally(anna, 101)),
  ])
  assert.deepEqual(
    done.map(each => each.status),
    ["fulfilled", "rejected"],
  )
  assert.equal((await listOf(anna)).length, 4)
})

test("a message whose company cannot be written is not kept, and takes nobody else with it", async t => {
  const { store, keep, addAccount, listOf } = await house(t)
  const { word, words } = await aside(store)
  const account = await addAccount()
  const refused = async () => {
    throw new Error("refused")
  }
  const done = await Promise.allSettled([
    keep.keep([delivery(account, letter("one"))], word(account, "a")),
    keep.keep([delivery(account, letter("two"))], { ...word(account, "b"), work: refused }),
    keep.keep([delivery(account, letter("three"))], word(account, "c")),
  ])
  assert.deepEqual(
    done.map(each => each.status),
    ["fulfilled", "rejected", "fulfilled"],
  )
  assert.deepEqual(await words(), ["a", "c"])
  assert.equal((await listOf(account)).length, 2)
})

const isWaitedFor = async (store: TestStore): Promise<boolean> =>
  (
    await store.sql`
      select from pg_locks join pg_stat_activity using (pid) where datname = current_database() and not granted`
  ).length > 0

async function untilSomebodyWaits(store: TestStore): Promise<void> {
  for (let tries = 0; !(await isWaitedFor(store)); tries += 1) {
    assert.ok(tries < 1000, "nobody waits")
    await pause(5)
  }
}

test("what two groups change in orders of their own is locked in one order, so that neither waits in a circle", async t => {
  const { store, vaults } = await house(t)
  await store.owner`create table shelf (id bigint primary key, word text)`
  await store.owner`grant all on shelf to public`
  await store.sql`insert into shelf values (1, ''), (2, '')`
  const account = asId<AccountId>(1)
  const shelf: RowLocks = {
    rank: 9,
    lock: (tx, places) => tx`
      select from shelf where id = any(${places.map(({ id }) => id)}::bigint[]) order by id for update`,
  }
  const begun = Promise.withResolvers<void>()
  let works = 0
  const writes = (id: number, word: string, after?: () => Promise<void>): Alongside => ({
    bytes: 0,
    locks: [{ of: shelf, places: [{ account, id }] }],
    async work(tx) {
      works += 1
      await tx`update shelf set word = word || ${word} where id = ${id}`
      await after?.()
    },
  })
  const here = createKeep(store, vaults, systemChance)
  const there = createKeep(store, vaults, systemChance)
  const first = [
    here.keep(
      [],
      writes(1, "a", async () => {
        begun.resolve()
        await untilSomebodyWaits(store)
      }),
    ),
    here.keep([], writes(2, "a")),
  ]
  await begun.promise
  const done = await Promise.allSettled([
    ...first,
    there.keep([], writes(2, "b")),
    there.keep([], writes(1, "b")),
  ])
  assert.deepEqual(
    done.map(({ status }) => status),
    ["fulfilled", "fulfilled", "fulfilled", "fulfilled"],
  )
  assert.equal(works, 4, "a group was begun again")
  assert.deepEqual(
    (await store.sql<{ word: string }[]>`select word from shelf order by id`).map(({ word }) => word),
    ["ab", "ab"],
  )
})

test("a group that was ended since it waited in a circle is written message by message", async t => {
  const { store, keep, addAccount, listOf } = await house(t)
  const account = await addAccount()
  await store.owner`create table shelf (id bigint primary key)`
  await store.owner`grant all on shelf to public`
  await store.owner`grant set on parameter deadlock_timeout to public`
  await store.sql`insert into shelf values (1), (2)`
  const begun = Promise.withResolvers<void>()
  const takes = (id: number, after?: () => Promise<void>): Alongside => ({
    bytes: 0,
    async work(tx) {
      await tx`update shelf set id = id where id = ${id}`
      await after?.()
    },
  })
  const group = Promise.all([
    keep.keep(
      [delivery(account, letter("one"))],
      takes(1, async () => {
        begun.resolve()
        if (!(await isOver())) await untilSomebodyWaits(store)
      }),
    ),
    keep.keep([delivery(account, letter("two"))], takes(2)),
  ])
  let isDone = false
  const isOver = async (): Promise<boolean> => isDone
  await begun.promise
  await store
    .transaction(async tx => {
      // Whoever looks first for a circle is the one to be ended.
      await tx`select set_config('deadlock_timeout', '1h', true)`
      await tx`select from shelf where id = 2 for update`
      await tx`select from shelf where id = 1 for update`
    })
    .finally(() => {
      isDone = true
    })
  await group
  assert.equal((await listOf(account)).length, 2)
})
