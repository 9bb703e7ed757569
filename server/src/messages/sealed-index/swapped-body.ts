/**
 * An entry that does not open is either damaged, and can be made again of its message, or it stands beside another
 * message's body: somebody else wrote in the database. The second is noticed by trying the account's other bodies.
 */
import type { Store } from "../../store/index.ts"
import { VaultError } from "../../vaults/index.ts"
import { createBreath } from "./breath.ts"
import { openEntry } from "./build-segment.ts"
import type { SessionParts } from "./parts.ts"
import type { EntryRow } from "./read-entries.ts"

const bodiesAtOnce = 5_000

const someBodies = `
  select body_id from body where account_id = $1::bigint and no = 0 and body_id > $2::uuid
  order by body_id limit $3::bigint`

export async function isBesideOther(
  { store, session }: Pick<SessionParts, "store" | "session">,
  { key, ...row }: EntryRow,
): Promise<boolean> {
  if (key === undefined || openEntry(session, { ...row, key }) !== undefined) return false
  const breathe = createBreath()
  for (let after: Buffer = Buffer.alloc(16); ; ) {
    const bodies = await readBodies(store, session.account, after)
    for (const bodyId of bodies) {
      if (openEntry(session, { ...row, key, bodyId }) !== undefined) return true
      await breathe()
    }
    const last = bodies.at(-1)
    if (last === undefined || bodies.length < bodiesAtOnce) return false
    after = last
  }
}

function readBodies(store: Pick<Store, "ask" | "sql">, account: number, after: Buffer): Promise<Buffer[]> {
  return store.ask(store.sql, someBodies, [account, after, bodiesAtOnce], fields => fields.uuid())
}

export function swappedError(): VaultError {
  return new VaultError("not-authentic", "a message's entry stands beside another message's body")
}
