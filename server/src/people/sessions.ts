/**
 * The live sessions of this process. A change of credentials, on any node, ends those that began before it; a
 * process that may have missed such news ends them all.
 */
import { type AccountId, asId } from "../store/ids.ts"
import type { Store, Tx } from "../store/index.ts"
import type { VaultKey, VaultSession, Vaults } from "../vaults/index.ts"
import type { FoundAccount } from "./find-account.ts"

/** Channel on which nodes hear `account generation` of a credential generation that began. */
const CHANNEL = "people_credentials"

export interface Sessions {
  /** Takes over `keys`. The session must be closed by whoever uses it. */
  open(account: FoundAccount, keys: readonly VaultKey[]): VaultSession
  /** Ends the account's sessions that began before this generation. */
  end(account: AccountId, generation: number): void
  readonly live: number
  close(): Promise<void>
}

export async function openSessions(store: Store, vaults: Vaults): Promise<Sessions> {
  const live = new Map<AccountId, Map<VaultSession, number>>()
  let count = 0

  function end(account: AccountId, generation: number): void {
    for (const [session, began] of [...(live.get(account) ?? [])]) if (began < generation) session.close()
  }
  function endAll(): void {
    for (const account of [...live.keys()]) end(account, Number.POSITIVE_INFINITY)
  }
  function heard(payload: string): void {
    const [account, generation] = payload.split(" ").map(Number)
    if (account !== undefined && generation !== undefined) end(asId<AccountId>(account), generation)
  }
  const stop = await store.listen(CHANNEL, heard, endAll)

  return {
    open(account, keys) {
      const session = vaults.openSession(account.id, keys, () => {
        count -= 1
        const others = live.get(account.id)
        others?.delete(session)
        if (others?.size === 0) live.delete(account.id)
      })
      const others = live.get(account.id) ?? new Map<VaultSession, number>()
      live.set(account.id, others.set(session, account.credentialGeneration))
      count += 1
      return session
    },
    end,
    get live() {
      return count
    },
    async close() {
      endAll()
      await stop()
    },
  }
}

/** Begins a new generation of the account's credentials: sessions of earlier ones end everywhere. */
export async function endOtherSessions(store: Store, tx: Tx, account: AccountId): Promise<number> {
  const [row] = await tx<{ credential_generation: number }[]>`
    update account set credential_generation = credential_generation + 1
    where account_id = ${account} returning credential_generation`
  if (row === undefined) throw new Error("the account is gone")
  await store.notify(tx, CHANNEL, `${account} ${row.credential_generation}`)
  return row.credential_generation
}

/** True while a session of this generation may go on: every request asks. */
export async function isCurrentGeneration(
  store: Store,
  account: AccountId,
  generation: number,
): Promise<boolean> {
  const found = await store.ask(store.sql, currentGeneration, [account, generation], fields => fields.int4())
  return found.length > 0
}

const currentGeneration = `
  select 1::int from account where account_id = $1::bigint and credential_generation = $2::int`
