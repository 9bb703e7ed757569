/**
 * A log in memory behind a real address, for the witness's own tests: it can be attacked in every way that somebody
 * could who has the database and, at worst, the signing key too.
 */
import { createPrivateKey, createPublicKey, sign } from "node:crypto"
import { createServer } from "node:http"
import type { TestContext } from "node:test"
import {
  growTiles,
  hashLeaf,
  parseTilePath,
  type Signer,
  signNote,
  tilePath,
  verifierKeyOf,
  writeCheckpoint,
  writeEntryBundle,
} from "@letterkeep/tlog"

export interface TestLog {
  readonly address: string
  readonly verifierKey: string
  /** The entries that it serves; a test changes them as it likes. */
  entries: Buffer[]
  /** Makes tiles and a checkpoint of the entries as they are now: what one does who has the key. */
  publish(): void
  /** What is served, by path: to be put aside, changed, put back. */
  shelf: Map<string, Buffer>
}

const origin = "log.example"

export async function openTestLog(test: TestContext): Promise<TestLog> {
  const signer = testSigner(origin, 1)
  const log = { entries: [] as Buffer[], shelf: new Map<string, Buffer>() }
  const server = createServer((request, response) => {
    const body = log.shelf.get((request.url ?? "").replace("/ledger/", ""))
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  test.after(() => server.close())
  const bound = server.address()
  if (bound === null || typeof bound === "string") throw new Error("the log has no address")
  return Object.assign(log, {
    address: `http://127.0.0.1:${bound.port}/ledger`,
    verifierKey: verifierKeyOf(signer),
    publish() {
      log.shelf = shelfOf(log.entries, signer)
    },
  })
}

export function testSigner(name: string, seed: number): Signer {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, seed)])
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  const { x = "" } = createPublicKey(key).export({ format: "jwk" })
  return { name, publicKey: Buffer.from(x, "base64url"), sign: message => sign(null, message, key) }
}

function shelfOf(entries: readonly Buffer[], signer: Signer): Map<string, Buffer> {
  const { size, root, tiles } = growTiles(0, [], entries.map(hashLeaf))
  const shelf = new Map<string, Buffer>()
  shelf.set("checkpoint", Buffer.from(signNote(writeCheckpoint({ origin: signer.name, size, root }), signer)))
  for (const { level, index, width, hashes } of tiles) {
    shelf.set(tilePath(level, index, width), Buffer.from(hashes))
    if (level === 0)
      shelf.set(
        tilePath("entries", index, width),
        Buffer.from(writeEntryBundle(entries.slice(index * 256, index * 256 + width))),
      )
  }
  return shelf
}

/** Replaces what lies at the last path of that level. */
export function spoilTile(log: TestLog, level: number | "entries", spoil: (octets: Buffer) => Buffer): void {
  const path = [...log.shelf.keys()].findLast(name => parseTilePath(name)?.level === level)
  const octets = path === undefined ? undefined : log.shelf.get(path)
  if (path === undefined || octets === undefined) throw new Error(`there is no tile of level ${level}`)
  log.shelf.set(path, spoil(Buffer.from(octets)))
}
