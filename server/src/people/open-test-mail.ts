import assert from "node:assert/strict"
import { systemChance } from "../ports/chance.ts"
import { secret as asSecret } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import { openSealed, type SealedThing, seal, type VaultSession } from "../vaults/index.ts"
import { ann, type TestPeople } from "./open-test-people.ts"
import type { Protocol } from "./protocol.ts"

export interface TestMail {
  readonly keyId: number
  readonly thing: SealedThing
  readonly sealed: Buffer
}

/** Seals `text` to the account as arriving mail is. */
export async function arrive({ vaults }: TestPeople, account: AccountId, text: string): Promise<TestMail> {
  const key = (await vaults.sealKeys([account])).get(account)
  assert(key)
  const thing: SealedThing = { account, kind: "body", id: "1", chunk: 0, final: true }
  return { keyId: key.id, thing, sealed: seal(key, thing, Buffer.from(text), systemChance) }
}

/** A session that must open, closed by the test's end at the latest with its people. */
export async function enter(
  house: TestPeople,
  secret: string,
  protocol: Protocol = "web",
): Promise<VaultSession> {
  const signedIn = await house.people.signIn(ann, asSecret(secret), protocol)
  assert(signedIn.kind === "signed-in", `sign-in: ${signedIn.kind}`)
  return signedIn.session
}

export async function read(session: VaultSession, { keyId, thing, sealed }: TestMail): Promise<string> {
  return openSealed(await session.sealKey(keyId), thing, sealed).toString()
}
