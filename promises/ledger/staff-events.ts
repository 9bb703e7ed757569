import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { type House, type Person, succeeded } from "../../fixtures/house.ts"

/** What the ledger says that staff did with somebody's account. */
export interface StaffEvent {
  readonly command: string
  readonly reason: string
  readonly by: string
  readonly categories: readonly string[]
}

/**
 * The staff's events about a person, oldest first, as the person's own sign-in opens them; each is what its leaf
 * commits to, and the ledger that the leaves are in is whole.
 */
export async function staffEvents(house: House<string>, person: Person): Promise<readonly StaffEvent[]> {
  const file = join(house.folder, "own-ledger.json")
  await rm(file, { force: true })
  const args = ["ledger", "export", person.address, "--password-stdin", "--out", file]
  succeeded(await house.server().cli(args, { stdin: `${person.password}\n` }))
  succeeded(await house.server().cli(["ledger", "verify"]))
  const exported: unknown = JSON.parse(await readFile(file, "utf8"))
  const { events } = exported as { events: readonly { data: string; detail: string; salt: string }[] }
  return events.flatMap(({ data, detail, salt }) => {
    const commitment = createHash("sha256").update(Buffer.from(salt, "base64")).update(detail).digest("hex")
    assert.ok(data.includes(`\nsha256 ${commitment}\n`), "the leaf commits to another event")
    const event = JSON.parse(detail) as StaffEvent & { readonly kind: string }
    return event.kind === "staff-access" ? [event] : []
  })
}
