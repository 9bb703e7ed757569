/** One account with many letters on a database of its own, as the SMTP door would have kept them. */
import { createSecretKey } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { scanMessage } from "@letterkeep/mime"
import { createFirstMailboxes, createKeep, prepareEntry, toInbox } from "../../server/src/messages/index.ts"
import { systemChance } from "../../server/src/ports/chance.ts"
import { systemClock } from "../../server/src/ports/clock.ts"
import { silentLog } from "../../server/src/ports/log.ts"
import { createPrivacy } from "../../server/src/privacy/index.ts"
import { type AccountId, defaultLowWaterBytes, type OrgId, openStore } from "../../server/src/store/index.ts"
import { type Holder, openVaults, type VaultSession } from "../../server/src/vaults/index.ts"

const groupMessages = 64

export async function openBenchHouse() {
  const folder = mkdtempSync(join(tmpdir(), "letterkeep-index-bench-"))
  const parts = { clock: systemClock, chance: systemChance, log: silentLog }
  const store = await openStore({ ...parts, dataFolder: folder, lowWaterBytes: defaultLowWaterBytes })
  const vaults = await openVaults({ ...parts, store, keyFile: join(folder, "keys.json") })
  const privacy = createPrivacy(parts)
  const keep = createKeep(store, vaults, systemChance)
  const holder: Holder = {
    kind: "password",
    id: 1,
    kdf: "bench",
    key: createSecretKey(systemChance.bytes(32)),
  }
  const account = await store.transaction(async tx => {
    const [org] = await tx<{ org_id: OrgId }[]>`insert into org (name) values ('bench') returning org_id`
    const [row] = await tx<{ account_id: AccountId }[]>`
      insert into account (org_id, role) values (${org?.org_id ?? 0}, 'person') returning account_id`
    if (row === undefined) throw new Error("no account")
    await vaults.addWraps(tx, row.account_id, holder, [await vaults.createVault(tx, row.account_id)])
    return row.account_id
  })
  await store.transaction(tx => createFirstMailboxes(tx, vaults, account, Date.now(), null))
  return {
    ...parts,
    store,
    vaults,
    privacy,
    account,
    signIn: async (): Promise<VaultSession> =>
      vaults.openSession(account, await vaults.openWraps(account, holder)),
    async receive(letters: Iterable<Buffer>): Promise<void> {
      let waiting: Promise<unknown>[] = []
      for (const letter of letters) {
        const entry = prepareEntry(scanMessage(letter))(0, { kind: "accept", reasons: [] })
        const rest = { into: toInbox, keywords: [], receivedAt: Date.now(), threadHashes: [], entry } as const
        waiting.push(keep.keep([{ account, parts: [letter], ...rest }]))
        if (waiting.length < groupMessages) continue
        await Promise.all(waiting)
        waiting = []
      }
      await Promise.all(waiting)
    },
    async close(): Promise<void> {
      await vaults.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type BenchHouse = Awaited<ReturnType<typeof openBenchHouse>>
