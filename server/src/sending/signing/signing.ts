import { setImmediate as nextTurn } from "node:timers/promises"
import { createDkimSigner, type DkimSigner, splitFields } from "@letterkeep/dkim"
import { type BoundedMap, createBoundedMap } from "../../ports/bounded-map.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Sql, Store } from "../../store/index.ts"
import { keysChannel } from "./domain-keys.ts"
import { keyAlgorithms } from "./key-record.ts"
import { openPrivateKey, type RowParts, readKeys } from "./key-rows.ts"

/**
 * Signs mail for our domains by DKIM, with all keys of a domain that are in use. A signer is made once and kept, on each
 * node, until some node changes keys.
 */
export interface Signing {
  /**
   * The DKIM-Signature fields, each with its CRLF, to be put above `text`, a whole message with CRLF at its lines' ends;
   * "" where no key is in use, or the message cannot be signed. `domain`, lower case and A-labels, is the author's: it
   * signs itself, or else the nearest domain of ours above it, which is aligned with it (RFC 9989 §4.4). Rejects where
   * the database or a key fails.
   */
  sign(domain: string, text: Buffer): Promise<string>
  close(): Promise<void>
}

export interface SigningParts extends RowParts {
  readonly store: Pick<Store, "sql" | "listen">
  readonly clock: Clock
}

/** Signers that are kept; a further domain's is made again. */
const keptSigners = 1_000
/** Octets that are canonicalised and hashed before others have their turn: some milliseconds. */
const turnBytes = 512 * 1024
/** Labels of a domain that are looked at: a name has 127 at most, an honest one few. */
const mostParents = 8

export async function openSigning(parts: SigningParts): Promise<Signing> {
  const { store, clock, log } = parts
  const kept: BoundedMap<string, Promise<DkimSigner | undefined>> = createBoundedMap(keptSigners)
  const forget = (): void => kept.clear()
  const stop = await store.listen(keysChannel, forget, forget)

  const makeSigner = async (author: string): Promise<DkimSigner | undefined> => {
    const domain = await nearestOfOurs(store.sql, author)
    if (domain === undefined) return undefined
    const rows = await readKeys(parts, store.sql, domain)
    // RSA on top: a verifier that looks at the first signature alone knows that one.
    const sorted = rows.toSorted(
      (a, b) => keyAlgorithms.indexOf(a.algorithm) - keyAlgorithms.indexOf(b.algorithm),
    )
    const keys = sorted.flatMap(key =>
      key.state === "active" && key.sealed !== undefined
        ? [{ selector: key.selector, key: openPrivateKey(parts, key, key.sealed) }]
        : [],
    )
    return keys.length === 0 ? undefined : createDkimSigner({ domain, keys })
  }
  const signerOf = (domain: string): Promise<DkimSigner | undefined> => {
    const known = kept.get(domain)
    if (known !== undefined) return known
    const made = makeSigner(domain)
    kept.set(domain, made)
    made.catch(() => {
      if (kept.get(domain) === made) kept.delete(domain)
    })
    return made
  }

  return {
    async sign(domain, text) {
      const signer = await signerOf(domain)
      if (signer === undefined) return ""
      const signing = signer.begin()
      const body = bodyStart(text)
      for (let at = body; at < text.length; at += turnBytes) {
        if (at > body) await nextTurn()
        signing.body(text.subarray(at, at + turnBytes))
      }
      const signed = await signing.sign(splitFields(text.subarray(0, body)), { now: clock.now() })
      if (signed.kind === "signed") return signed.text
      log.event("sending.left-unsigned", { why: signed.why })
      return ""
    },
    close: stop,
  }
}

async function nearestOfOurs(sql: Sql, domain: string): Promise<string | undefined> {
  const labels = domain.split(".")
  const many = Math.min(mostParents, labels.length - 1)
  if (many < 1) return undefined
  const names = labels.slice(0, many).map((_, at) => labels.slice(at).join("."))
  const [row] = await sql<{ domain: string }[]>`
    select domain from domain where domain in ${sql(names)} order by length(domain) desc limit 1`
  return row?.domain
}

/** Behind the empty line; the end where there is none. */
function bodyStart(text: Buffer): number {
  if (text[0] === 0x0d && text[1] === 0x0a) return 2
  const at = text.indexOf("\r\n\r\n")
  return at === -1 ? text.length : at + 4
}
