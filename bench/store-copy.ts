/**
 * How fast sealed bodies go into the store by COPY, and out again: `node bench/store-copy.ts [--json] [--seconds N]`.
 * Batches of 64 messages of 2, 20 and 200 KB (60, 30 and 10 %), each batch a durable transaction with the six
 * tables that an arrival writes. CPU seconds are of this process and of Postgres apart.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { systemClock } from "../server/src/ports/clock.ts"
import { silentLog } from "../server/src/ports/log.ts"
import {
  createCopyRows,
  defaultLowWaterBytes,
  openStore,
  type Store,
  type Tx,
} from "../server/src/store/index.ts"

const { values: flags } = parseArgs({
  options: { json: { type: "boolean" }, seconds: { type: "string", default: "5" } },
})
const seconds = Number(flags.seconds)
const batch = 64
const accounts = 1000
const sizes = [2, 2, 2, 2, 2, 2, 20, 20, 20, 200].map(kilobytes => kilobytes * 1024)
const bodies = sizes.map(size => randomBytes(size))
const ticksPerSecond = 100

function rowsOfBatch(from: number) {
  const body = createCopyRows("body", ["account_id", "body_id", "no", "seal_key_id", "data"])
  const entry = createCopyRows("idx_entry", ["account_id", "id", "seal_key_id", "data"])
  const email = createCopyRows("email", [
    "account_id",
    "email_id",
    "body_id",
    "thread_id",
    "modseq",
    "size",
    "received_at",
  ])
  const membership = createCopyRows("membership", [
    "account_id",
    "mailbox_id",
    "uid",
    "email_id",
    "modseq",
    "saved_at",
  ])
  const change = createCopyRows("change", ["account_id", "modseq", "type", "id", "op"])
  const thread = createCopyRows("thread_ref", ["account_id", "hash", "thread_id"])
  for (let id = from; id < from + batch; id++) {
    const account = 1 + (id % accounts)
    const bodyId = randomBytes(16)
    const bytes = bodies[id % bodies.length] ?? Buffer.alloc(0)
    body.row(), body.int8(account), body.uuid(bodyId), body.int4(0), body.int8(1), body.bytea(bytes)
    entry.row(), entry.int8(account), entry.int8(id), entry.int8(1), entry.bytea(bytes.subarray(0, 700))
    email.row(), email.int8(account), email.int8(id), email.uuid(bodyId), email.int8(id), email.int8(id)
    email.int8(bytes.length), email.timestamptz(Date.now())
    membership.row(), membership.int8(account), membership.int4(1), membership.int8(id), membership.int8(id)
    membership.int8(id), membership.timestamptz(Date.now())
    change.row(), change.int8(account), change.int8(id), change.int2(1), change.int8(id), change.int2(1)
    thread.row(), thread.int8(account), thread.bytea(bodyId), thread.int8(id)
  }
  return [body, entry, email, membership, change, thread]
}

/** CPU seconds of the database's processes: fields 14 and 15 of /proc/pid/stat, and those of children that ended. */
function databaseCpu(postmaster: number): number {
  let ticks = 0
  for (const pid of readdirSync("/proc").filter(name => /^\d+$/.test(name))) {
    const fields = fieldsOf(pid)
    if (Number(pid) === postmaster) ticks += sum(fields.slice(11, 15))
    else if (Number(fields[1]) === postmaster) ticks += sum(fields.slice(11, 13))
  }
  return ticks / ticksPerSecond
}

function fieldsOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    return text.slice(text.lastIndexOf(")") + 2).split(" ")
  } catch {
    return []
  }
}

const sum = (texts: readonly string[]): number => texts.reduce((total, text) => total + Number(text), 0)

async function measure(
  store: Store,
  what: string,
  work: (round: number) => Promise<{ rows: number; bytes: number }>,
) {
  const postmaster = store.databasePid() ?? 0
  const [cpu, database, startedAt] = [process.cpuUsage(), databaseCpu(postmaster), performance.now()]
  let rows = 0
  let bytes = 0
  let rounds = 0
  while (performance.now() - startedAt < seconds * 1000) {
    const done = await work(rounds++)
    rows += done.rows
    bytes += done.bytes
  }
  const took = (performance.now() - startedAt) / 1000
  const used = process.cpuUsage(cpu)
  const per1000 = 1000 / rows
  return {
    what,
    messagesPerSecond: Math.round(rows / took),
    megabytesPerSecond: Math.round(bytes / took / 1e5) / 10,
    batchMs: Math.round((took / rounds) * 1e5) / 100,
    nodeCpuPer1000: round3(((used.user + used.system) / 1e6) * per1000),
    postgresCpuPer1000: round3((databaseCpu(postmaster) - database) * per1000),
    rssMB: Math.round(process.memoryUsage.rss() / 1e6),
  }
}

const round3 = (value: number): number => Math.round(value * 1000) / 1000

const folder = mkdtempSync(join(tmpdir(), "letterkeep-bench-"))
const store = await openStore({
  dataFolder: folder,
  clock: systemClock,
  log: silentLog,
  lowWaterBytes: defaultLowWaterBytes,
})
try {
  const copyAll = async (tx: Tx, tables: ReturnType<typeof rowsOfBatch>): Promise<void> => {
    await store.copyIn(tx, ...tables)
  }
  let next = 1
  const results = [
    await measure(store, "copy in, six tables, durable", async () => {
      const tables = rowsOfBatch(next)
      next += batch
      await store.transaction(tx => copyAll(tx, tables))
      return { rows: batch, bytes: sum(tables.map(rows => String(rows.bytes))) }
    }),
    await measure(store, "copy out, bodies of 64 messages", async round => {
      const account = 1 + (round % accounts)
      let rows = 0
      let bytes = 0
      const query = `select data from body where account_id >= ${account} order by account_id limit ${batch}`
      for await (const [data] of store.copyOut(store.sql, query)) {
        rows++
        bytes += data?.length ?? 0
      }
      return { rows, bytes }
    }),
  ]
  process.stdout.write(flags.json === true ? `${JSON.stringify(results)}\n` : "")
  if (flags.json !== true)
    for (const result of results)
      console.log(
        Object.entries(result)
          .map(([key, value]) => `${key}=${value}`)
          .join("  "),
      )
} finally {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
}
