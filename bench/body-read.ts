/**
 * How fast sealed bodies of 20 KB come out of the store, opened, without a door around them: one a call and many a
 * call, by one reader and by eight; and what a mailbox of 100,000 messages costs to list. CPU seconds are of this
 * process alone. `--seconds N`: of each row, 3.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Mail, MessageRow } from "../server/src/messages/index.ts"
import { createFirstMailboxes, createMail } from "../server/src/messages/index.ts"
import { systemChance } from "../server/src/ports/chance.ts"
import { systemClock } from "../server/src/ports/clock.ts"
import { silentLog } from "../server/src/ports/log.ts"
import { createPrivacy, type Permit, type Privacy, personal } from "../server/src/privacy/index.ts"
import {
  type AccountId,
  asId,
  defaultLowWaterBytes,
  openStore,
  type Store,
} from "../server/src/store/index.ts"
import { openVaults, type Vaults } from "../server/src/vaults/index.ts"
import { type BenchOptions, type BenchResult, numberOption } from "./measure/result.ts"

const messages = 2_000
const bodyBytes = 20 * 1024
const listed = 100_000
const everything = [{ first: 1, last: 2 ** 32 - 1 }]

/** An account whose session is opened with the key that it was made with. */
async function openAccount(store: Store, vaults: Vaults, privacy: Privacy): Promise<Mail> {
  const made = await store.transaction(async tx => {
    const [row] = await tx<{ account_id: AccountId }[]>`
      with o as (insert into org (name) values ('bench') returning org_id)
      insert into account (org_id, role) select org_id, 'person' from o returning account_id`
    if (row === undefined) throw new Error("no account")
    const key = await vaults.createVault(tx, row.account_id)
    await createFirstMailboxes(tx, vaults, row.account_id, systemClock.now(), null)
    return { account: row.account_id, key }
  })
  const none = (): never => {
    throw new Error("not measured here")
  }
  const open = createMail({
    store,
    vaults,
    privacy,
    clock: systemClock,
    chance: systemChance,
    contents: () => ({ summaries: none, search: none }),
  })
  return open(vaults.openSession(made.account, [made.key]))
}

async function fillMailbox(mail: Mail, privacy: Privacy): Promise<void> {
  const subject = { kind: "account", account: mail.account } as const
  for (let at = 0; at < messages; at += 100)
    await privacy.gate("mail.organise", subject, async permit => {
      const some = Array.from({ length: 100 }, (_, n) => {
        const body = randomBytes(bodyBytes * 0.75 - 50).toString("base64")
        const message = Buffer.from(`Subject: ${at + n}\r\n\r\n${body}`)
        return { parts: [message], keywords: [], deleted: false, receivedAt: undefined }
      })
      await mail.append(
        "INBOX",
        some.map(one => personal("user.content.private.mail", one)),
        permit,
      )
    })
}

/** Rows alone, in another mailbox: a list opens nothing. */
async function fillList(store: Store, account: AccountId, mailbox: number): Promise<void> {
  await store.sql`
    insert into email (account_id, email_id, body_id, thread_id, modseq, size, received_at, keywords)
    select ${account}, 1000000 + n, gen_random_uuid(), n, 1, 1, now(), '{$seen}' from generate_series(1, ${listed}::bigint) n`
  await store.sql`
    insert into membership (account_id, mailbox_id, uid, email_id, modseq, saved_at)
    select ${account}, ${mailbox}, n, 1000000 + n, 1, now() from generate_series(1, ${listed}::bigint) n`
  await store.sql.unsafe("vacuum analyze")
}

interface Case {
  readonly what: string
  readonly readers: number
  /** Resolves to how many were read. */
  readonly work: (permit: Permit<"mail.read">) => Promise<number>
}

async function measure(seconds: number, privacy: Privacy, account: AccountId, one: Case) {
  const subject = { kind: "account", account } as const
  const run = async (until: number): Promise<number> => {
    let count = 0
    await privacy.gate("mail.read", subject, async permit => {
      do count += await one.work(permit)
      while (performance.now() < until)
    })
    return count
  }
  await run(performance.now() + 300)
  const [cpu, startedAt] = [process.cpuUsage(), performance.now()]
  const until = startedAt + seconds * 1000
  const counts = await Promise.all(Array.from({ length: one.readers }, () => run(until)))
  const total = counts.reduce((sum, count) => sum + count, 0)
  const took = (performance.now() - startedAt) / 1000
  const used = process.cpuUsage(cpu)
  return [one.what, one.readers, total / took, ((used.user + used.system) / 1e6) * (1000 / total)]
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const seconds = numberOption(options, "seconds", 3)
  const dataFolder = mkdtempSync(join(tmpdir(), "letterkeep-bench-"))
  const parts = { clock: systemClock, chance: systemChance, log: silentLog }
  const store = await openStore({ ...parts, dataFolder, lowWaterBytes: defaultLowWaterBytes })
  try {
    const vaults = await openVaults({ ...parts, store, keyFile: join(dataFolder, "keys.json") })
    const privacy = createPrivacy(parts)
    const mail = await openAccount(store, vaults, privacy)
    await fillMailbox(mail, privacy)
    const [inbox, , , , , archive] = await mail.mailboxes()
    if (inbox === undefined || archive === undefined) throw new Error("no mailboxes")
    await fillList(store, mail.account, archive.id)
    const rows: MessageRow[] = []
    for await (const page of mail.rows(inbox.id, everything)) rows.push(...page)
    const any = (): MessageRow => {
      const row = rows[Math.floor(Math.random() * rows.length)]
      if (row === undefined) throw new Error("no rows")
      return row
    }
    const alone = async (permit: Permit<"mail.read">): Promise<number> => {
      for await (const piece of mail.body(any().body)) piece.open(permit)
      return 1
    }
    const withRow = async (permit: Permit<"mail.read">): Promise<number> => {
      const { uid } = any()
      for await (const { piece } of mail.bodies(inbox.id, [{ first: uid, last: uid }])) piece.open(permit)
      return 1
    }
    const all = async (permit: Permit<"mail.read">): Promise<number> => {
      let count = 0
      for await (const { piece, last } of mail.bodies(inbox.id, everything)) {
        piece.open(permit)
        if (last) count++
      }
      return count
    }
    const listAll = async (): Promise<number> => {
      let count = 0
      for await (const page of mail.rows(archive.id, everything)) count += page.length
      return count
    }
    const snapshot = async (): Promise<number> => (await mail.snapshot(archive.id))?.uids.length ?? 0
    const cases: readonly Case[] = [
      { what: "body, one a call", readers: 1, work: alone },
      { what: "body, one a call", readers: 8, work: alone },
      { what: "row and body, one a call", readers: 1, work: withRow },
      { what: "row and body, one a call", readers: 8, work: withRow },
      { what: "all bodies of a mailbox", readers: 1, work: all },
      { what: "all bodies of a mailbox", readers: 8, work: all },
      { what: `rows of ${listed.toLocaleString("en")}`, readers: 1, work: listAll },
      { what: `snapshot of ${listed.toLocaleString("en")}`, readers: 1, work: snapshot },
    ]
    const measured = []
    for (const one of cases) measured.push(await measure(seconds, privacy, asId(mail.account), one))
    await vaults.close()
    return {
      name: "body-read",
      tables: [
        {
          title: `bodies of 20 KB, ${messages.toLocaleString("en")} of them`,
          columns: ["what", "readers", "messages/s", "Node CPU-s per 1,000"],
          rows: measured,
        },
      ],
      notes: [`${seconds} s each; ${Math.round(process.memoryUsage.rss() / 1e6)} MB resident here.`],
    }
  } finally {
    await store.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}
