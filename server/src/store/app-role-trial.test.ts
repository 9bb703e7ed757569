import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { systemClock } from "../ports/clock.ts"
import { silentLog } from "../ports/log.ts"
import { grantsFor } from "./app-rights.ts"
import { requireRole } from "./app-role-trial.ts"
import { openStore, type Store } from "./open-store.ts"
import { openPool, poolLimits, type Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"
import { openTestStore, type TestStore, testRole } from "./test-store.ts"
import { runTransaction } from "./transaction.ts"

const says = (pattern: RegExp) => (error: unknown) =>
  error instanceof StoreError &&
  error.code === "ROLE_NOT_HELD" &&
  !error.temporary &&
  pattern.test(error.message)

test("a connection that holds the role passes", async t => {
  const store = await openTestStore(t)
  await requireRole(store.sql, testRole)
})

test("refuses to start behind a pooler that drops the start-up parameter, and says what to do", async t => {
  const store = await openTestStore(t)
  const seen = { dropped: 0 }
  const url = await openPooler(t, store, fields => {
    const kept = fields.filter(([name]) => name !== "role")
    seen.dropped += fields.length - kept.length
    return kept
  })
  await assert.rejects(
    openOn(t, url),
    says(/work as letterkeep, .*PgBouncer.*Let DATABASE_URL name PostgreSQL itself/),
  )
  assert.ok(seen.dropped > 0, "the server did not ask for its role")
})

test("starts behind one that hands the parameter on", async t => {
  const store = await openTestStore(t)
  const through = await openOn(t, await openPooler(t, store, fields => fields))
  const [me] = await through.sql<{ name: string }[]>`select current_user::text as name`
  assert.equal(me?.name, testRole)
  await through.close() // before the pooler goes
})

const faults: readonly [what: string, change: string, says: RegExp][] = [
  ["may pass row security", "alter role ROLE bypassrls", /go around its rights/],
  ["may make roles", "alter role ROLE createrole", /go around its rights/],
  ["owns a table", "alter table email owner to ROLE", /act as the owner of email/],
  ["may become the owner", "grant letterkeep to ROLE", /act as the owner of account/],
  ["cannot enter the schema", "revoke usage on schema public from public, ROLE", /may not use the schema/],
  ["cannot read a table", "revoke select on email from ROLE", /lacks select on email:/],
  [
    "cannot write into a table",
    "revoke insert, update on email from ROLE",
    /lacks insert on email, update on email:/,
  ],
  [
    "may remove leaves, as everybody may",
    "grant delete on ledger_leaf to public",
    /has delete on ledger_leaf, which everybody/,
  ],
  [
    "may change a column of agreements, as everybody may",
    "grant update (mac) on staff_agreement to public",
    /has update on staff_agreement, which everybody/,
  ],
]
for (const [what, change, pattern] of faults)
  test(`a role that ${what} is not worked with`, async t => {
    const store = await openTestStore(t)
    const role = await makeRole(t, store)
    const sql = openPool({ kind: "given", url: store.databaseUrl, role }, one)
    t.after(() => sql.end({ timeout: 5 }))
    await requireRole(sql, role)
    await store.owner.unsafe(change.replaceAll("ROLE", role))
    await assert.rejects(requireRole(sql, role), says(pattern))
  })

const one = { ...poolLimits, connections: 1 }

/** One of this test alone, since what is done to a role holds for all databases. */
async function makeRole(t: TestContext, { owner, databaseUrl }: TestStore): Promise<string> {
  const role = `trial_${randomBytes(4).toString("hex")}`
  await owner.unsafe(`create role ${role} nologin noinherit; grant usage on schema public to ${role}`)
  await owner.unsafe((await runTransaction(owner, tx => grantsFor(tx, role))).join(";\n"))
  const sweeper: Sql = openPool({ kind: "given", url: databaseUrl }, one)
  t.after(async () => {
    await sweeper.unsafe(
      `reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`,
    )
    await sweeper.end({ timeout: 5 })
  })
  return role
}

async function openOn(t: TestContext, databaseUrl: string): Promise<Store> {
  const dataFolder = mkdtempSync(join(tmpdir(), "letterkeep-data-"))
  t.after(() => rmSync(dataFolder, { recursive: true, force: true }))
  return await openStore({
    dataFolder,
    databaseUrl,
    clock: systemClock,
    log: silentLog,
    lowWaterBytes: 0,
    appRole: testRole,
    limits: { connections: 2 },
  })
}

type Field = readonly [name: string, value: string]

/**
 * Stands between a server and its database as a pooler does, one connection for one: it reads the StartupMessage, and
 * passes on what `change` leaves of its parameters (Postgres's protocol 3: length, version, then names and values, each
 * ended by NUL, and one NUL more).
 */
async function openPooler(
  t: TestContext,
  { databaseUrl }: TestStore,
  change: (fields: readonly Field[]) => readonly Field[],
): Promise<string> {
  const url = new URL(databaseUrl)
  const path = join(url.searchParams.get("host") ?? "", ".s.PGSQL.5432")
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const behind = connect(path)
    for (const socket of [client, behind]) {
      sockets.add(socket)
      socket.on("error", () => socket.destroy())
      socket.on("close", () => {
        client.destroy()
        behind.destroy()
      })
    }
    client.once("data", piece => {
      behind.write(startup(change(readStartup(piece))))
      client.pipe(behind)
      behind.pipe(client)
    })
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  assert.ok(address !== null && typeof address === "object")
  url.searchParams.delete("host")
  url.host = `127.0.0.1:${address.port}`
  return url.href
}

function readStartup(message: Buffer): readonly Field[] {
  assert.equal(message.readUInt32BE(0), message.length, "the whole of the first message is there")
  const words = message.subarray(8).toString("utf8").split("\0")
  const fields: Field[] = []
  for (let at = 0; (words[at] ?? "") !== ""; at += 2) fields.push([words[at] ?? "", words[at + 1] ?? ""])
  return fields
}

function startup(fields: readonly Field[]): Buffer {
  const words = Buffer.from(`${fields.map(([name, value]) => `${name}\0${value}\0`).join("")}\0`)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + words.length, 0)
  head.writeUInt32BE(3 << 16, 4)
  return Buffer.concat([head, words])
}
