import { createSecretKey } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { systemChance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import { recordingLog } from "../ports/log.ts"
import { atEnd } from "../store/at-end.ts"
import type { AccountId, OrgId } from "../store/ids.ts"
import { openTestStore, type TestStore } from "../store/test-store.ts"
import { type Holder, openVaults, type Vaults } from "./index.ts"

export interface TestVaults {
  readonly store: TestStore
  readonly vaults: Vaults
  readonly clock: Clock & { at: number }
  readonly keyFile: string
  readonly log: ReturnType<typeof recordingLog>
  /** What a second process would open on the same database, with the same key file or a copy of it. */
  again(copy?: string): Promise<Vaults>
}

/** Vaults over a real database, with a clock that stands still. */
export async function openTestVaults(t: TestContext): Promise<TestVaults> {
  const store = await openTestStore(t)
  const clock = { at: Date.parse("2026-03-04T12:00:00Z"), now: () => clock.at }
  const folder = mkdtempSync(join(tmpdir(), "letterkeep-keys-"))
  atEnd(t, () => rmSync(folder, { recursive: true }))
  const keyFile = join(folder, "keys", "keys.json")
  const log = recordingLog()
  const again = async (file = keyFile): Promise<Vaults> => {
    const vaults = await openVaults({ store, clock, chance: systemChance, log, keyFile: file })
    atEnd(t, () => vaults.close())
    return vaults
  }
  return { store, vaults: await again(), clock, keyFile, log, again }
}

/** A password's stand-in: its key is random. */
export function makeHolder(id = 1, kind: Holder["kind"] = "password"): Holder {
  return { kind, id, kdf: "test", key: createSecretKey(systemChance.bytes(32)) }
}

/** An account with a vault, and one holder of it. */
export async function makeAccount({ store, vaults }: TestVaults, holder: Holder): Promise<AccountId> {
  return await store.transaction(async tx => {
    const [org] = await tx<{ org_id: OrgId }[]>`insert into org (name) values ('test') returning org_id`
    const [row] = await tx<{ account_id: AccountId }[]>`
      insert into account (org_id, role) values (${org?.org_id ?? 0}, 'person') returning account_id`
    if (row === undefined) throw new Error("no account")
    const key = await vaults.createVault(tx, row.account_id)
    await vaults.addWraps(tx, row.account_id, holder, [key])
    return row.account_id
  })
}
