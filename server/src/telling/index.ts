/**
 * Wakes whom a change concerns, on whichever node they are. The change itself is in the change log; a
 * notification only says where to look, so one that is lost costs time and nothing else: after a lost
 * connection every listener is told to look again.
 */
import { changesChannel, readNotification } from "../messages/index.ts"
import type { AccountId, ModSeq, Store } from "../store/index.ts"

/** `modseq` is the account's newest, or undefined when notifications may have been missed. */
export type OnChange = (modseq: ModSeq | undefined) => void

export interface Telling {
  /** Calls `listener` after each change of the account, until the returned function is called. */
  onChange(account: AccountId, listener: OnChange): () => void
  close(): Promise<void>
}

export async function startTelling(store: Pick<Store, "listen">): Promise<Telling> {
  const listeners = new Map<AccountId, Set<OnChange>>()
  const stop = await store.listen(
    changesChannel,
    payload => {
      for (const { account, modseq } of readNotification(payload))
        for (const listener of listeners.get(account) ?? []) listener(modseq)
    },
    () => {
      for (const each of listeners.values()) for (const listener of each) listener(undefined)
    },
  )
  return {
    onChange(account, listener) {
      const each = listeners.get(account) ?? new Set()
      listeners.set(account, each)
      each.add(listener)
      return () => {
        each.delete(listener)
        if (each.size === 0 && listeners.get(account) === each) listeners.delete(account)
      }
    },
    close: stop,
  }
}
