/**
 * How fast sealed bodies go into the store by COPY, and out again. Batches of 64 messages of 2, 20 and 200 KB (60,
 * 30 and 10 %), each batch a durable transaction with the six tables that an arrival writes, one after another. CPU
 * seconds are of this process (which also makes the rows) and of Postgres apart. `--seconds N`: of each row, 5.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { systemClock } from "../server/src/ports/clock.ts"
import { silentLog } from "../server/src/ports/log.ts"
import { createCopyRows, defaultLowWaterBytes, openStore, type Store } from "../server/src/store/index.ts"
import { type BenchOptions, type BenchResult, numberOption } from "./measure/result.ts"

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
    for (const rows of [body, entry, email, membership, change, thread]) {
      rows.row()
      rows.int8(account)
    }
    body.uuid(bodyId)
    body.int4(0)
    body.int8(1)
    body.bytea(bytes)
    entry.int8(id)
    entry.int8(1)
    entry.bytea(bytes.subarray(0, 700))
    email.int8(id)
    email.uuid(bodyId)
    email.int8(id)
    email.int8(id)
    email.int8(bytes.length)
    email.timestamptz(Date.now())
    membership.int4(1)
    membership.int8(id)
    membership.int8(id)
    membership.int8(id)
    membership.timestamptz(Date.now())
    change.int8(id)
    change.int2(1)
    change.int8(id)
    change.int2(1)
    thread.bytea(bodyId)
    thread.int8(id)
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
  seconds: number,
  what: string,
  work: (round: number) => Promise<{ rows: number; bytes: number }>,
): Promise<(string | number)[]> {
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
  return [
    what,
    rows / took,
    bytes / took / 1e6,
    (took / rounds) * 1000,
    ((used.user + used.system) / 1e6) * (1000 / rows),
    (databaseCpu(postmaster) - database) * (1000 / rows),
  ]
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const seconds = numberOption(options, "seconds", 5)
  const dataFolder = mkdtempSync(join(tmpdir(), "letterkeep-bench-"))
  const store = await openStore({
    dataFolder,
    clock: systemClock,
    log: silentLog,
    lowWaterBytes: defaultLowWaterBytes,
  })
  let next = 1
  try {
    const rows = [
      await measure(store, seconds, "in, six tables", async () => {
        const tables = rowsOfBatch(next)
        next += batch
        const bytes = tables.reduce((total, one) => total + one.bytes, 0)
        await store.transaction(tx => store.copyIn(tx, ...tables))
        return { rows: batch, bytes }
      }),
      await measure(store, seconds, "out, bodies", async round => {
        const first = 1 + (round % accounts)
        const query = `select data from body where account_id >= ${first} order by account_id limit ${batch}`
        const seen = { rows: 0, bytes: 0 }
        for await (const [data] of store.copyOut(store.sql, query)) {
          seen.rows++
          seen.bytes += data?.length ?? 0
        }
        return seen
      }),
    ]
    const columns = [
      "COPY",
      "messages/s",
      "MB/s",
      "ms a batch",
      "Node CPU-s per 1,000",
      "Postgres CPU-s per 1,000",
    ]
    return {
      name: "store-copy",
      tables: [{ title: "batches of 64 messages, one after another", columns, rows }],
      notes: [
        `${seconds} s each; fsync and synchronous_commit on; ${Math.round(process.memoryUsage.rss() / 1e6)} MB resident here.`,
      ],
    }
  } finally {
    await store.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}
