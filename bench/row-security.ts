/**
 * What row security would cost where mail goes in and is read: the question behind ARCHITECTURE.md's "The database's
 * own walls". Each work is done with no policy, and under one that shows a transaction the rows of the accounts that it
 * names, in turns, as the server's own role. A policy needs to be told the accounts, so a question becomes a
 * transaction; COPY into a table with one is refused, so what arrives would go in by INSERT. `--seconds N`: of each
 * turn, 1. `--turns N`: 5.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openDatabase } from "../fixtures/database.ts"
import { systemClock } from "../server/src/ports/clock.ts"
import { silentLog } from "../server/src/ports/log.ts"
import {
  createCopyRows,
  defaultLowWaterBytes,
  openStore,
  type Store,
  StoreError,
} from "../server/src/store/index.ts"
import { median } from "./measure/quantile.ts"
import { type BenchOptions, type BenchResult, numberOption } from "./measure/result.ts"

const accounts = 100
const messages = 1_000
const batch = 64
const table = "idx_entry"
const columns = ["account_id", "id", "seal_key_id", "data"]
const data = randomBytes(1_250)

export async function run(options: BenchOptions): Promise<BenchResult> {
  const seconds = numberOption(options, "seconds", 1)
  const turns = numberOption(options, "turns", 5)
  const dataFolder = mkdtempSync(join(tmpdir(), "letterkeep-bench-"))
  const store = await openStore({
    dataFolder,
    clock: systemClock,
    log: silentLog,
    lowWaterBytes: defaultLowWaterBytes,
  })
  const owner = openDatabase(dataFolder)
  try {
    await owner.unsafe(`create policy of_accounts on ${table}
      using (account_id = any ((select current_setting('letterkeep.accounts', true))::bigint[]))`)
    for (let account = 1; account <= accounts; account++)
      await store.transaction(tx =>
        store.copyIn(
          tx,
          rowsFor(messages, at => [account, at + 1]),
        ),
      )
    await owner.unsafe(`vacuum analyze ${table}`)
    const setPolicy = (on: boolean) =>
      owner.unsafe(`alter table ${table} ${on ? "enable" : "disable"} row level security`)

    let next = messages + 1
    const works: readonly Work[] = [
      { name: "read one entry", plain: () => ask(store, 1), secured: () => askFor(store, 1) },
      {
        name: "read 1,000 entries",
        plain: () => ask(store, messages),
        secured: () => askFor(store, messages),
      },
      {
        name: `write ${batch} entries, durable`,
        plain: () =>
          store.transaction(tx =>
            store.copyIn(
              tx,
              rowsFor(batch, at => [1 + (at % accounts), next++]),
            ),
          ),
        secured: () =>
          insertFor(
            store,
            Array.from({ length: batch }, (_, at) => [1 + (at % accounts), next++] as const),
          ),
      },
    ]
    const rows: (string | number)[][] = []
    for (const { name, plain, secured } of works) {
      const took: { plain: number[]; secured: number[] } = { plain: [], secured: [] }
      for (let turn = 0; turn < turns; turn++) {
        await setPolicy(false)
        took.plain.push(await measure(plain, seconds))
        await setPolicy(true)
        took.secured.push(await measure(secured, seconds))
      }
      const [one, other] = [median(took.plain), median(took.secured)]
      rows.push([name, one, other, other / one])
    }
    await setPolicy(true)
    const refusal = await store
      .transaction(tx =>
        store.copyIn(
          tx,
          rowsFor(1, () => [1, next++]),
        ),
      )
      .then(
        () => "COPY was taken",
        (error: unknown) => (error instanceof StoreError ? error.message : String(error)),
      )
    return {
      name: "row-security",
      tables: [
        {
          title: "one after another, microseconds each",
          columns: ["work", "no policy", "policy", "ratio"],
          rows,
        },
      ],
      notes: [
        `Medians of ${turns} turns of ${seconds} s. Entries of ${data.length} octets, ${accounts} accounts of ${messages}.`,
        `COPY under the policy: ${refusal}.`,
      ],
    }
  } finally {
    await owner.end()
    await store.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

interface Work {
  readonly name: string
  plain(): Promise<unknown>
  secured(): Promise<unknown>
}

/** Microseconds of one piece of work. */
async function measure(work: () => Promise<unknown>, seconds: number): Promise<number> {
  for (let warm = 0; warm < 20; warm++) await work()
  const startedAt = performance.now()
  let done = 0
  for (; performance.now() - startedAt < seconds * 1000; done++) await work()
  return ((performance.now() - startedAt) * 1000) / done
}

const question = `select id, data from ${table} where account_id = $1::bigint and id <= $2::bigint`
let turn = 0

/** As lists are read: a prepared question on a reader's connection. */
async function ask(store: Store, entries: number): Promise<number> {
  turn = (turn % accounts) + 1
  const found = await store.ask(store.sql, question, [turn, entries], fields => fields.int8())
  return found.length
}

async function askFor(store: Store, entries: number): Promise<number> {
  turn = (turn % accounts) + 1
  return await store.transaction(async tx => {
    await tx`select set_config('letterkeep.accounts', ${`{${turn}}`}, true)`
    const found = await store.ask(tx, question, [turn, entries], fields => fields.int8())
    return found.length
  })
}

function rowsFor(count: number, at: (index: number) => readonly [account: number, id: number]) {
  const rows = createCopyRows(table, columns)
  for (let index = 0; index < count; index++) {
    const [account, id] = at(index)
    rows.row()
    rows.int8(account)
    rows.int8(id)
    rows.int8(1)
    rows.bytea(data)
  }
  return rows
}

async function insertFor(
  store: Store,
  places: readonly (readonly [account: number, id: number])[],
): Promise<void> {
  const rows = places.map(([account_id, id]) => ({ account_id, id, seal_key_id: 1, data }))
  const named = `{${places.map(([account]) => account).join(",")}}`
  await store.transaction(async tx => {
    await tx`select set_config('letterkeep.accounts', ${named}, true)`
    await tx`insert into idx_entry ${tx(rows)}`
  })
}
