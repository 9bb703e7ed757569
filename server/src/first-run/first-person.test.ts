import assert from "node:assert/strict"
import { test } from "node:test"
import type { FirstPerson, People } from "../people/index.ts"
import { type MailAddress, mailAddress, secret } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { type AccountId, asId } from "../store/index.ts"
import { makeFirstPerson } from "./first-person.ts"

const form = { organisation: "", domain: "example.org", localPart: "anna", password: "blue river stones" }
const nobody = async (): Promise<boolean> => false

type Answer = Awaited<ReturnType<People["addFirstPerson"]>>
type SignedIn = Awaited<ReturnType<People["signIn"]>>

const address = mailAddress("anna@example.org")
const added: Answer = {
  kind: "added",
  accountId: asId<AccountId>(1),
  address,
  role: "administrator",
  recoveryCode: secret("CODE"),
}

/** People who answer so, and note what they were asked. */
function people(answer: Answer, signedIn: SignedIn = { kind: "slow-down", retryAfterSeconds: 1 }) {
  const asked: unknown[] = []
  return {
    asked,
    addFirstPerson: async ({ organisation, domain, localPart, password }: FirstPerson) => {
      asked.push({
        organisation: opened(organisation),
        domain: opened(domain),
        localPart: opened(localPart),
        password: opened(password),
      })
      return answer
    },
    signIn: async (address: MailAddress) => {
      asked.push(address)
      return signedIn
    },
  }
}

test("names an organisation without a name after its domain", async () => {
  const some = people(added)
  await makeFirstPerson(some, { ...form, organisation: " " }, nobody)
  assert.deepEqual(some.asked, [{ ...form, organisation: "example.org" }, address])
  const named = people(added)
  await makeFirstPerson(named, { ...form, organisation: "The Bergs" }, nobody)
  assert.deepEqual(named.asked[0], { ...form, organisation: "The Bergs" })
})

test("hands out the recovery code even when the new person cannot be signed in", async () => {
  assert.deepEqual(await makeFirstPerson(people(added), form, nobody), {
    kind: "created",
    accountId: 1,
    address,
    recoveryCode: secret("CODE"),
    vault: undefined,
  })
})

test("says which field to mend", async () => {
  const fields = {
    "bad-name": "organisation",
    "bad-domain": "domain",
    "bad-password": "password",
    "bad-address": "localPart",
    taken: "localPart",
  } as const
  for (const [why, field] of Object.entries(fields)) {
    const refused: Answer = { kind: "refused", why: why as keyof typeof fields, text: "Not so." }
    const answer = await makeFirstPerson(people(refused), form, nobody)
    assert.deepEqual(answer, { kind: "invalid", field, message: "Not so." })
  }
  const busy = await makeFirstPerson(people({ kind: "slow-down", retryAfterSeconds: 3 }), form, nobody)
  assert.equal(busy.kind, "invalid")
})

test("tells one who came second that there is somebody already", async () => {
  const refused: Answer = { kind: "refused", why: "taken", text: "This server has its first person already." }
  assert.deepEqual(await makeFirstPerson(people(refused), form, async () => true), { kind: "already-done" })
})
