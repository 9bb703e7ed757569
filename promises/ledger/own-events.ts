import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { type House, type Person, succeeded } from "../../fixtures/house.ts"

/** One event of a person's own ledger, as its detail says it: the fields are those of its kind. */
export interface OwnEvent {
  readonly kind: string
}

/** What a person's ledger says, oldest first, as their own sign-in opens it; each event is what its leaf commits to. */
export async function ownEvents(house: House<string>, person: Person): Promise<readonly OwnEvent[]> {
  const file = join(house.folder, "own-ledger.json")
  await rm(file, { force: true })
  const args = ["ledger", "export", person.address, "--password-stdin", "--out", file]
  succeeded(await house.server().cli(args, { stdin: `${person.password}\n` }))
  const exported: unknown = JSON.parse(await readFile(file, "utf8"))
  const { events } = exported as { events: readonly { data: string; detail: string; salt: string }[] }
  return events.map(({ data, detail, salt }) => {
    const commitment = createHash("sha256").update(Buffer.from(salt, "base64")).update(detail).digest("hex")
    assert.ok(data.includes(`\nsha256 ${commitment}\n`), "the leaf commits to another event")
    return JSON.parse(detail) as OwnEvent // each detail has its kind
  })
}
