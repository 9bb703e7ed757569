import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { systemChance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import { recordingLog } from "../ports/log.ts"
import { createPrivacy, mailAddress, organisation, secret } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { atEnd } from "../store/at-end.ts"
import type { AccountId } from "../store/ids.ts"
import { openTestStore, type TestStore } from "../store/test-store.ts"
import { openVaults, type Vaults } from "../vaults/index.ts"
import { type Notice, openPeople, type People } from "./index.ts"

export const password = "correct horse battery"
export const ann = mailAddress("ann@example.org")

export interface TestPeople {
  readonly store: TestStore
  readonly vaults: Vaults
  readonly people: People
  readonly clock: Clock & { at: number }
  readonly keyFile: string
  readonly log: ReturnType<typeof recordingLog>
  readonly opened: AccountId[]
  readonly notices: [AccountId, Notice][]
}

/** People over a real database, with an organisation and the domain example.org, and a clock that stands still. */
export async function openTestPeople(t: TestContext): Promise<TestPeople> {
  const store = await openTestStore(t)
  const clock = { at: Date.parse("2026-03-04T12:00:00Z"), now: () => clock.at }
  const folder = mkdtempSync(join(tmpdir(), "letterkeep-keys-"))
  atEnd(t, () => rmSync(folder, { recursive: true }))
  const keyFile = join(folder, "keys.json")
  const log = recordingLog()
  const parts = { store, clock, chance: systemChance, log, privacy: createPrivacy({ clock }) }
  const vaults = await openVaults({ ...parts, keyFile })
  atEnd(t, () => vaults.close())
  const opened: AccountId[] = []
  const notices: [AccountId, Notice][] = []
  const people = await openPeople({
    ...parts,
    vaults,
    onAccountOpened: async (_tx, account) => void opened.push(account),
    onNotice: (account, notice) => void notices.push([account, notice]),
  })
  atEnd(t, () => people.close())
  await people.addOrg(organisation("Example"))
  await people.addDomain(organisation("example.org"))
  return { store, vaults, people, clock, keyFile, log, opened, notices }
}

/** Adds an account that must work, and gives what is shown once. */
export async function addPerson(
  people: People,
  address = ann,
): Promise<{ id: AccountId; recoveryCode: string }> {
  const added = await people.addAccount(address, secret(password))
  if (added.kind !== "added") throw new Error(`no account: ${JSON.stringify(added)}`)
  return { id: added.accountId, recoveryCode: opened(added.recoveryCode) }
}
