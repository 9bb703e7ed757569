/**
 * What an authority looks at, on whichever node it arrives: answers lie in the database while it may look. They are sealed
 * to the server, so that whoever can write to the database has no certificate for our names issued to themselves.
 */
import { isToken, type Proof } from "@letterkeep/acme"
import type { Clock } from "../ports/clock.ts"
import type { Timer } from "../ports/timer.ts"
import type { Store } from "../store/index.ts"
import { VaultError, type Vaults } from "../vaults/index.ts"

export interface Challenges {
  /** Durable, and seen by all nodes, when it resolves. Of http-01 and tls-alpn-01. */
  put(proofs: readonly Proof[]): Promise<void>
  remove(proofs: readonly Proof[]): Promise<void>
  /** The key authorization for a token that stands in a path; undefined where there is none. */
  http(token: string): Promise<string | undefined>
  /** The same for a server name, in lower case. */
  alpn(name: string): Promise<string | undefined>
}

/** Milliseconds: an order has come to its end long before. */
const lastsMs = 60 * 60 * 1000

interface Parts {
  readonly store: Pick<Store, "sql" | "transaction">
  readonly vaults: Pick<Vaults, "sealToServer" | "openFromServer">
  readonly clock: Clock
  readonly timer: Timer
}

/** Milliseconds between two looks into the database, and the most rows of one. */
const lookEveryMs = 100
const maxRows = 1_000

export function createChallenges(parts: Parts): Challenges {
  const { store, vaults, clock } = parts
  const look = createLook(parts)

  async function find(kind: Proof["kind"], place: string): Promise<string | undefined> {
    const sealed = (await look()).get(keyOf(kind, place))
    if (sealed === undefined) return undefined
    try {
      return vaults.openFromServer("certificate", contextOf(kind, place), sealed).toString("latin1")
    } catch (error) {
      // Not written by this server: as good as nothing.
      if (error instanceof VaultError) return undefined
      throw error
    }
  }
  return {
    async put(proofs) {
      const until = new Date(clock.now() + lastsMs)
      await store.transaction(async tx => {
        for (const proof of proofs) {
          const { kind, keyAuthorization } = proof
          const place = placeOf(proof)
          const sealed = vaults.sealToServer(
            "certificate",
            contextOf(kind, place),
            Buffer.from(keyAuthorization, "latin1"),
          )
          await tx`
            insert into acme_challenge (kind, place, answer_sealed, until)
            values (${kind}, ${place}, ${sealed}, ${until})
            on conflict (kind, place) do update set answer_sealed = excluded.answer_sealed, until = excluded.until`
        }
      })
    },
    async remove(proofs) {
      for (const proof of proofs)
        await store.sql`delete from acme_challenge where kind = ${proof.kind} and place = ${placeOf(proof)}`
    },
    http: async token => (isToken(token) ? await find("http-01", token) : undefined),
    alpn: async name => (name.length <= 253 ? await find("tls-alpn-01", name) : undefined),
  }
}

/**
 * All answers that wait, by `keyOf`. Anybody may ask, so the database is looked into ten times a second at most, whoever
 * asks how often; and what is given was read after it was asked for, so that nothing that is in place already is missed.
 */
function createLook({ store, clock, timer }: Parts): () => Promise<ReadonlyMap<string, Uint8Array>> {
  let next: Promise<ReadonlyMap<string, Uint8Array>> | undefined
  let lastAt = Number.NEGATIVE_INFINITY

  async function read(): Promise<ReadonlyMap<string, Uint8Array>> {
    const rows = await store.sql<{ kind: Proof["kind"]; place: string; answer_sealed: Uint8Array }[]>`
      select kind, place, answer_sealed from acme_challenge where until > ${new Date(clock.now())} limit ${maxRows}`
    return new Map(rows.map(row => [keyOf(row.kind, row.place), row.answer_sealed]))
  }
  return () => {
    next ??= new Promise<void>(begin => {
      const wait = Math.min(lookEveryMs, Math.max(0, lastAt + lookEveryMs - clock.now()))
      timer.after(wait, begin)
    }).then(() => {
      // Who asks from here on may ask for what this look does not see any more.
      next = undefined
      lastAt = clock.now()
      return read()
    })
    return next
  }
}

const keyOf = (kind: Proof["kind"], place: string): string => `${kind} ${place}`

/** Where the authority looks: under a token, or under a name. */
const placeOf = ({ kind, token, name }: Proof): string => (kind === "http-01" ? token : name)

const contextOf = (kind: Proof["kind"], place: string): string => `acme challenge ${kind} ${place}`
