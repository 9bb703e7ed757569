import assert from "node:assert/strict"
import { setTimeout as wait } from "node:timers/promises"
import { openDatabase } from "../../fixtures/database.ts"
import { addressOf, type RunningServer } from "../../fixtures/server.ts"
import { openPublicLog, type PublicLog } from "./public-log.ts"
import { createWitness, type Look, type Witness } from "./witness.ts"

/** What a running server's ledger says to everybody, of whom something was told: for checks that hold it against what left. */
export interface Entry {
  readonly kind: string
  /** Undefined: sealed to somebody. */
  readonly public: Disclosure | undefined
}

export interface Disclosure {
  readonly recipient: string
  readonly purpose: string
  readonly categories: readonly string[]
  readonly count: number
}

/** Three lines an entry: the form's name, the kind, what is said. Read anew here, not by the server's own code. */
export function entriesOf(look: Look): readonly Entry[] {
  assert.equal(look.kind, "honest", look.kind === "broken" ? look.said : "")
  if (look.kind !== "honest") return []
  return look.entries.map(entry => {
    const [, kind = "", said = ""] = Buffer.from(entry).toString("utf8").split("\n")
    return { kind, public: said.startsWith("public ") ? JSON.parse(said.slice("public ".length)) : undefined }
  })
}

export function disclosuresIn(look: Look): readonly Disclosure[] {
  return entriesOf(look)
    .filter(entry => entry.kind === "disclosure")
    .map(entry => entry.public)
    .filter(one => one !== undefined)
}

export function reservedIn(look: Look): number {
  return sum(disclosuresIn(look).map(one => one.count))
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((one, other) => one + other, 0)
}

/** Resolves when all that waits has its number. */
export async function settled(server: RunningServer): Promise<void> {
  const sql = openDatabase(server.dataFolder)
  const deadline = Date.now() + 15_000
  try {
    for (;;) {
      const [row] = await sql<{ waiting: number }[]>`select count(*)::int as waiting from ledger_waiting`
      if (row?.waiting === 0) return
      if (Date.now() > deadline) throw new Error(`${row?.waiting} entries wait for their number since 15 s`)
      await wait(50)
    }
  } finally {
    await sql.end()
  }
}

/** Keeps what it saw while the server stops and starts again, at another port. */
export async function witnessOf(server: () => RunningServer): Promise<Witness> {
  const address = () => {
    const { host, port } = addressOf(server().ready, "http")
    return `http://${host}:${port}/ledger`
  }
  const log: PublicLog = {
    checkpoint: () => openPublicLog(address()).checkpoint(),
    leafHashes: (index, width) => openPublicLog(address()).leafHashes(index, width),
    tile: (level, index, width) => openPublicLog(address()).tile(level, index, width),
    entries: (index, width) => openPublicLog(address()).entries(index, width),
  }
  return createWitness(log, (await (await fetch(`${address()}/key`)).text()).trim())
}
