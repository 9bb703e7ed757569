import type { Clock } from "../../ports/clock.ts"
import type { Store } from "../../store/index.ts"
import { type PolicyDocument, PolicyTextError, readDocument, sha256Of } from "./document.ts"

/**
 * The versions of the policy that this server has published, for everybody to read. A label is the number of the
 * rules, and where the operator's settings made more than one edition of them, the edition's: "1", "1.2", "2".
 */
export interface PublishedVersion {
  readonly label: string
  /** Milliseconds since 1970. */
  readonly publishedAt: number
  /** Of the canonical text, in hex: as the ledger has it. */
  readonly sha256: string
}

export interface PublishedPolicy {
  /** Newest first; never empty once the server has started. */
  versions(): Promise<readonly PublishedVersion[]>
  /** The canonical text and what it says; undefined where there is no such version. */
  read(label: string): Promise<{ readonly text: string; readonly document: PolicyDocument } | undefined>
}

/** How long a list may be old that another node has added to: what strangers ask for costs one query a minute. */
const freshMs = 60_000
/** Texts that are held: at most 25 MB. */
const maxHeld = 50
/** A server that was started with other settings each day would take three years. */
const maxListed = 1000

export function openPublishedPolicy(store: Pick<Store, "sql">, clock: Clock): PublishedPolicy {
  let list: { readonly at: number; readonly versions: Promise<readonly PublishedVersion[]> } | undefined
  const held = new Map<string, Promise<{ text: string; document: PolicyDocument }>>()

  const versions = (): Promise<readonly PublishedVersion[]> => {
    if (list === undefined || clock.now() - list.at >= freshMs) {
      const asked = listVersions(store)
      const mine = { at: clock.now(), versions: asked }
      list = mine
      asked.catch(() => {
        if (list === mine) list = undefined
      })
    }
    return list.versions
  }

  return {
    versions,
    async read(label) {
      const version = (await versions()).find(one => one.label === label)
      if (version === undefined) return undefined
      const found = held.get(label) ?? readVersion(store, version)
      if (!held.has(label)) {
        held.set(label, found)
        found.catch(() => held.delete(label))
        for (const oldest of held.keys()) if (held.size > maxHeld) held.delete(oldest)
      }
      return found
    },
  }
}

async function listVersions(store: Pick<Store, "sql">): Promise<readonly PublishedVersion[]> {
  const rows = await store.sql<{ rules: number; edition: number; sha256: string; at: Date }[]>`
    select rules, edition, sha256, published_at as at from policy_version order by number desc limit ${maxListed}`
  return rows.map(({ rules, edition, sha256, at }) => ({
    label: labelOf(rules, edition),
    publishedAt: at.getTime(),
    sha256,
  }))
}

async function readVersion(store: Pick<Store, "sql">, { label, sha256 }: PublishedVersion) {
  const [rules = 0, edition = 1] = label.split(".").map(Number)
  const [row] = await store.sql<{ text: string }[]>`
    select canonical as text from policy_version where rules = ${rules} and edition = ${edition}`
  if (row === undefined || sha256Of(row.text) !== sha256)
    throw new PolicyTextError("is not what its hash says")
  return { text: row.text, document: readDocument(row.text) }
}

function labelOf(rules: number, edition: number): string {
  return edition === 1 ? String(rules) : `${rules}.${edition}`
}
