import { createHash, randomBytes } from "node:crypto"
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { TestContext } from "node:test"
import type { Clock } from "../ports/clock.ts"
import { systemClock } from "../ports/clock.ts"
import { type Log, silentLog } from "../ports/log.ts"
import { prepareAppRole } from "./app-role.ts"
import { atEnd } from "./at-end.ts"
import { startEmbedded } from "./embedded/index.ts"
import { stopLeftover } from "./embedded/leftover.ts"
import { superuser } from "./embedded/settings.ts"
import { lockFolder } from "./folder-lock.ts"
import { migrate } from "./migrate.ts"
import { readMigrations } from "./migrations.ts"
import { openStore, type Store, type StoreOptions } from "./open-store.ts"
import { openPool, poolLimits, type Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"

/**
 * Real databases for tests, quickly: one cluster for a whole run, and in it one database a test, copied from a
 * template that has all migrations (some 50 ms). The runner starts the cluster and names it in the environment;
 * a test file that is run by itself starts its own.
 */
export const testDatabaseVariable = "LETTERKEEP_TEST_DATABASE_URL"

export interface TestCluster {
  /** Of a database that is used only for making others. */
  readonly url: string
  stop(): Promise<void>
}

export interface TestStore extends Store {
  /** For a second store on the same database. */
  readonly databaseUrl: string
  /** As who owns the schema: for tests that make tables of their own, or tamper. */
  readonly owner: Sql
}

const oneConnection = { ...poolLimits, connections: 1 }
const templateKey = 4_205_518_002
/** One for all databases of a test cluster: its rights are in the template, so that a copy need not be given them. */
export const testRole = "letterkeep_app_test"

/**
 * A fresh cluster in a folder of its own under the system's temporary one. Clusters whose runs were killed are
 * stopped and removed on the way.
 */
export async function startTestCluster(): Promise<TestCluster> {
  await removeForsaken()
  const folder = realpathSync(mkdtempSync(join(tmpdir(), clusterPrefix)))
  try {
    const embedded = await startEmbedded(folder, silentLog)
    const quit = (): void => {
      embedded.quit()
      remove(folder)
    }
    process.once("exit", quit)
    return {
      url: `postgres://${superuser}@localhost/postgres?host=${encodeURIComponent(dirname(embedded.socket))}`,
      async stop() {
        process.off("exit", quit)
        await embedded.stop()
        remove(folder)
      },
    }
  } catch (error) {
    remove(folder)
    throw error
  }
}

const clusterPrefix = "letterkeep-test-"
/** Younger ones may be about to take their lock. */
const forsakenAfterMs = 10 * 60_000

async function removeForsaken(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name)
    const part = join(folder, "postgres")
    if (!name.startsWith(clusterPrefix) || !existsSync(part)) continue
    if (systemClock.now() - statSync(part).mtimeMs < forsakenAfterMs || isServed(part)) continue
    await stopLeftover(realpathSync(join(part, "cluster")))
    remove(folder)
  }
}

function isServed(part: string): boolean {
  try {
    lockFolder(part).release()
    return false
  } catch (error) {
    if (error instanceof StoreError) return true
    throw error
  }
}

/** A store on a database of this test alone; both are gone when the test ends. */
export async function openTestStore(
  t: TestContext,
  options: Partial<Omit<StoreOptions, "databaseUrl">> & { readonly clock?: Clock; readonly log?: Log } = {},
): Promise<TestStore> {
  const database = await makeTestDatabase(t)
  const dataFolder = realpathSync(mkdtempSync(join(tmpdir(), "letterkeep-data-")))
  const store = await openStore({
    dataFolder,
    databaseUrl: database,
    clock: systemClock,
    log: silentLog,
    lowWaterBytes: 0,
    appRole: testRole,
    ...options,
    limits: { connections: 4, ...options.limits },
  })
  const owner = openPool({ kind: "given", url: database }, { ...oneConnection, ...options.limits })
  atEnd(t, async () => {
    await owner.end({ timeout: 5 })
    await store.close()
    remove(dataFolder)
  })
  return { ...store, databaseUrl: database, owner }
}

/** The URL of a database with the whole schema, dropped when the test ends. */
export async function makeTestDatabase(
  t: TestContext,
  kind: "migrated" | "empty" = "migrated",
): Promise<string> {
  const url = process.env[testDatabaseVariable] ?? (await ownCluster()).url
  const name = `test_${randomBytes(6).toString("hex")}`
  await withMaker(url, async maker => {
    const template = kind === "migrated" ? await templateOf(url, maker) : "template0"
    await maker.unsafe(`create database ${name} template ${template}`)
  })
  atEnd(t, () =>
    withMaker(url, async maker => void (await maker.unsafe(`drop database ${name} with (force)`))),
  )
  return inDatabase(url, name)
}

/** Made once a cluster, for each state of the migrations. */
async function templateOf(url: string, maker: Sql): Promise<string> {
  const migrations = readMigrations()
  const state = createHash("sha256")
  for (const { checksum } of migrations) state.update(checksum)
  const name = `letterkeep_${state.digest("hex").slice(0, 32)}`
  await maker`select pg_advisory_lock(${templateKey})`
  try {
    if ((await maker`select from pg_database where datname = ${name}`).length > 0) return name
    const unfinished = `${name}_unfinished`
    await maker.unsafe(`drop database if exists ${unfinished} with (force)`)
    await maker.unsafe(`create database ${unfinished} template template0`)
    const inside = openPool({ kind: "given", url: inDatabase(url, unfinished) }, oneConnection)
    await migrate(inside, migrations, silentLog)
      .then(() => prepareAppRole(inside, { signsIn: false, name: testRole }))
      .finally(() => inside.end({ timeout: 5 }))
    await maker.unsafe(`alter database ${unfinished} rename to ${name}`)
    return name
  } finally {
    await maker`select pg_advisory_unlock(${templateKey})`
  }
}

async function withMaker<T>(url: string, work: (maker: Sql) => Promise<T>): Promise<T> {
  const maker = openPool({ kind: "given", url }, oneConnection)
  try {
    return await work(maker)
  } finally {
    await maker.end({ timeout: 5 })
  }
}

function inDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

let own: Promise<TestCluster> | undefined

/** For a file that runs by itself: stopped when it has nothing more to do. */
function ownCluster(): Promise<TestCluster> {
  own ??= startTestCluster().then(cluster => {
    process.once("beforeExit", () => void cluster.stop())
    return cluster
  })
  return own
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
