import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { systemClock } from "../../ports/clock.ts"
import { recordingLog } from "../../ports/log.ts"
import { openStore } from "../open-store.ts"
import { StoreError } from "../store-error.ts"
import { worksIn } from "./pid-file.ts"

const isRoot = process.getuid?.() === 0

function makeFolder(t: TestContext): string {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), "letterkeep-embedded-")))
  chmodSync(parent, 0o755)
  t.after(() => {
    const part = join(parent, "data", "postgres")
    if (existsSync(part)) rmSync(realpathSync(part), { recursive: true, force: true })
    rmSync(parent, { recursive: true, force: true })
  })
  return join(parent, "data")
}

function open(dataFolder: string, log = recordingLog()) {
  return openStore({ dataFolder, clock: systemClock, log, lowWaterBytes: 0 })
}

/** A process with a store, to be killed; gives the lines that it prints. */
async function spawnKeeper(t: TestContext, dataFolder: string) {
  const program = fileURLToPath(new URL("keep-open.ts", import.meta.url))
  const child: ChildProcess = spawn(process.execPath, [program, dataFolder], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  t.after(() => void child.kill("SIGKILL"))
  if (child.stdout === null || child.stdin === null) throw new Error("no pipes")
  const { stdin } = child
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const say = async (line: string): Promise<unknown> => {
    stdin.write(`${line}\n`)
    return (await lines.next()).value
  }
  return { child, databasePid: Number((await lines.next()).value), say }
}

test("makes its database at the first start, finds it at the next, and stops with the store", async t => {
  const dataFolder = makeFolder(t)
  const first = await open(dataFolder)
  const pid = first.databasePid()
  await first.sql`insert into org (name) values ('kept')`
  await first.close()
  assert.ok(pid !== undefined && !existsSync(`/proc/${pid}`))
  const log = recordingLog()
  const second = await open(dataFolder, log)
  t.after(() => second.close())
  assert.equal(second.incarnation, first.incarnation)
  assert.equal((await second.sql`select from org`).length, 1)
  assert.ok(!log.events.some(event => event.name === "store.recovered"))
  assert.equal(statSync(join(dataFolder, "postgres", "run")).mode & 0o777, 0o700)
  assert.equal(statSync(join(dataFolder, "postgres")).mode & 0o007, 0)
})

test("settings keep what is committed, and keep data out of the log", async t => {
  const dataFolder = makeFolder(t)
  const store = await open(dataFolder)
  t.after(() => store.close())
  const rows = await store.sql<{ name: string; setting: string }[]>`select name, setting from pg_settings`
  const settings = new Map(rows.map(row => [row.name, row.setting]))
  const expected = {
    fsync: "on",
    full_page_writes: "on",
    synchronous_commit: "on",
    listen_addresses: "",
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    log_min_messages: "log",
    log_statement: "none",
    data_checksums: "on",
  }
  assert.deepEqual(
    Object.fromEntries(Object.keys(expected).map(name => [name, settings.get(name)])),
    expected,
  )
  await assert.rejects(async () => store.sql.unsafe("select 'canary-in-an-error'::int"), StoreError)
  await assert.rejects(async () => store.sql.unsafe("select canary_in_a_statement"), StoreError)
  assert.doesNotMatch(readFileSync(join(dataFolder, "postgres", "postgres.log"), "utf8"), /canary/)
})

test("a second server on the data folder refuses and names the first", async t => {
  const dataFolder = makeFolder(t)
  const store = await open(dataFolder)
  t.after(() => store.close())
  await assert.rejects(open(dataFolder), (error: unknown) => {
    assert.ok(error instanceof StoreError)
    assert.match(error.message, new RegExp(`another Letterkeep \\(process ${process.pid}\\) already serves`))
    return true
  })
  assert.equal((await store.sql`select 1`).length, 1)
})

test("after a kill -9 of the server, the next stops the database that lived on, and has every committed row", async t => {
  const dataFolder = makeFolder(t)
  const keeper = await spawnKeeper(t, dataFolder)
  for (const line of ["1", "2", "3"]) assert.equal(await keeper.say(line), line)
  keeper.child.kill("SIGKILL")
  await once(keeper.child, "exit")
  assert.ok(existsSync(`/proc/${keeper.databasePid}`), "Postgres should live on")
  const log = recordingLog()
  const store = await open(dataFolder, log)
  t.after(() => store.close())
  // By its program and folder, since a process that nobody waits for stays in /proc as a zombie.
  assert.ok(!worksIn(keeper.databasePid, realpathSync(join(dataFolder, "postgres", "cluster"))))
  assert.deepEqual(
    log.events.filter(event => event.name === "store.recovered").map(event => event.fields),
    [{ oldPid: keeper.databasePid }],
  )
  assert.equal((await store.sql`select from org`).length, 3)
})

test("after a kill -9 of both, the next start recovers every committed row", async t => {
  const dataFolder = makeFolder(t)
  const keeper = await spawnKeeper(t, dataFolder)
  for (const line of ["1", "2"]) assert.equal(await keeper.say(line), line)
  process.kill(keeper.databasePid, "SIGKILL")
  keeper.child.kill("SIGKILL")
  await once(keeper.child, "exit")
  const store = await open(dataFolder)
  t.after(() => store.close())
  assert.equal((await store.sql`select from org`).length, 2)
})

test("after a kill -9 of Postgres, queries fail as temporary until it is back, and listeners are told", async t => {
  const log = recordingLog()
  const store = await open(makeFolder(t), log)
  t.after(() => store.close())
  const payloads: string[] = []
  const back = Promise.withResolvers<void>()
  await store.listen(
    "news",
    payload => void payloads.push(payload),
    () => back.resolve(),
  )
  const pid = store.databasePid() ?? 0
  process.kill(pid, "SIGKILL")
  const work = async (): Promise<void> => {
    for (let failures = 0; ; ) {
      try {
        await store.transaction(async tx => {
          await tx`insert into org (name) values ('kept')`
          await store.notify(tx, "news", "again")
        })
        if (store.databasePid() !== pid) return
      } catch (error) {
        assert.ok(error instanceof StoreError && error.temporary, String(error))
        assert.ok(++failures < 100_000)
      }
      await new Promise(setImmediate)
    }
  }
  await work()
  await back.promise
  await store.transaction(tx => store.notify(tx, "news", "last"))
  while (!payloads.includes("last")) await store.sql`select 1`
  assert.ok(log.events.some(event => event.name === "store.exited"))
  assert.ok(log.events.some(event => event.name === "store.restarted"))
  assert.ok((await store.sql`select from org`).length > 0)
})

test("says that the database cannot be reached after a kill -9 of Postgres, and that it can when it is back", async t => {
  const store = await open(makeFolder(t))
  t.after(() => store.close())
  await store.listen(
    "news",
    () => undefined,
    () => undefined,
  )
  const stop = await store.listen(
    "more_news",
    () => undefined,
    () => undefined,
  )
  assert.ok(store.reachable())
  process.kill(store.databasePid() ?? 0, "SIGKILL")
  while (store.reachable()) await new Promise(setImmediate)
  await stop() // nobody has to be told
  while (!store.reachable()) await new Promise(setImmediate)
  assert.equal((await store.sql`select 1`).length, 1)
  await store.close()
})

test("says that the database cannot be reached while it hangs", async t => {
  const store = await open(makeFolder(t))
  t.after(() => store.close())
  await store.listen(
    "news",
    () => undefined,
    () => undefined,
  )
  const backends = await store.sql<{ pid: number }[]>`
    select pid from pg_stat_activity where application_name = 'letterkeep' and pid <> pg_backend_pid()`
  for (const { pid } of backends) process.kill(pid, "SIGSTOP")
  try {
    while (store.reachable()) await new Promise(setImmediate)
  } finally {
    for (const { pid } of backends) process.kill(pid, "SIGCONT")
  }
  while (!store.reachable()) await new Promise(setImmediate)
  await store.close()
})

test("a data folder so deep that its socket has no address still works", async t => {
  const dataFolder = join(makeFolder(t), "deep".repeat(25), "deeper".repeat(10))
  mkdirSync(dirname(dataFolder), { recursive: true, mode: 0o755 })
  if (isRoot) chmodSync(dirname(dirname(dataFolder)), 0o755)
  const store = await open(dataFolder)
  t.after(async () => {
    await store.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })
  assert.equal((await store.sql`select 1`).length, 1)
})

for (const name of ["fsync", "full_page_writes", "synchronous_commit"]) {
  test(`refuses a database with ${name} off`, async t => {
    const dataFolder = makeFolder(t)
    mkdirSync(join(dataFolder, "postgres"), { recursive: true, mode: 0o700 })
    if (isRoot) for (const folder of [dataFolder, join(dataFolder, "postgres")]) chmodSync(folder, 0o711)
    writeFileSync(join(dataFolder, "postgres", "operator.conf"), `${name} = off\n`, { mode: 0o644 })
    await assert.rejects(open(dataFolder), new RegExp(`the database has ${name} off, .*set ${name} = on`))
  })
}

test("below a folder that the database's user may not pass, the database lies elsewhere", {
  skip: !isRoot && "needs root",
}, async t => {
  const dataFolder = makeFolder(t)
  chmodSync(dirname(dataFolder), 0o700)
  const log = recordingLog()
  const store = await open(dataFolder, log)
  assert.ok(lstatSync(join(dataFolder, "postgres")).isSymbolicLink())
  const place = realpathSync(join(dataFolder, "postgres"))
  assert.match(place, /^\/var\/lib\/letterkeep\/[0-9a-f]{16}$/)
  assert.deepEqual(log.events.find(event => event.name === "store.placed-elsewhere")?.fields, {
    folder: place,
  })
  await store.sql`insert into org (name) values ('kept')`
  await store.close()
  const again = await open(dataFolder)
  assert.equal((await again.sql`select from org`).length, 1)
  await again.close()
})
