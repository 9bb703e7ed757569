import assert from "node:assert/strict"
import { test } from "node:test"
import { inspect } from "node:util"
import { serialize } from "node:v8"
import fc from "fast-check"
import { createPrivacy } from "./gate.ts"
import { type Permit, PermitError, type Subject } from "./permit.ts"
import { Personal, PersonalLeakError, personal } from "./personal.ts"
import {
  type Category,
  categories,
  type Purpose,
  policyInEffect,
  purposes,
  recipients,
} from "./policy/index.ts"

const stranger: Subject = { kind: "stranger" }

function house() {
  let now = 1_000_000
  const privacy = createPrivacy({ clock: { now: () => now } })
  const pass = (ms: number): void => {
    now += ms
  }
  return { privacy, pass }
}

const why = (wanted: PermitError["why"]) => (error: unknown) =>
  error instanceof PermitError && error.why === wanted

test("opens personal data inside the gate, and hands on what the work returns", async () => {
  const { privacy } = house()
  const body = personal("user.content.private.mail", "Dear Alice")
  assert.equal(await privacy.gate("mail.read", stranger, async permit => body.open(permit).length), 10)
})

test("begins the work at once, before the gate itself returns", () => {
  const { privacy } = house()
  let permit: Permit<"mail.screen"> | undefined
  void privacy.gate("mail.screen", stranger, async given => {
    permit = given
  })
  assert.equal(permit?.purpose, "mail.screen")
})

test("a permit is dead after its work, whether the work ends well or not", async () => {
  const { privacy } = house()
  const body = personal("user.content.private.mail", "Dear Alice")
  let escaped: Permit<"mail.read"> | undefined
  await privacy.gate("mail.read", stranger, async permit => {
    escaped = permit
  })
  assert.throws(() => escaped && body.open(escaped), why("ended"))
  const failing = privacy.gate("mail.read", stranger, async permit => {
    escaped = permit
    throw new RangeError("the work's own")
  })
  await assert.rejects(failing, RangeError)
  assert.throws(() => escaped && body.open(escaped), why("ended"))
})

test("a permit expires while the work goes on", async () => {
  const { privacy, pass } = house()
  const body = personal("user.content.private.mail", "Dear Alice")
  await privacy.gate("mail.read", stranger, async permit => {
    pass(purposes["mail.read"].permitLasts - 1)
    assert.equal(body.open(permit), "Dear Alice")
    pass(1)
    assert.throws(() => body.open(permit), why("expired"))
  })
})

test("permits of works at the same time do not touch each other", async () => {
  const { privacy } = house()
  const body = personal("user.content.private.mail", "Dear Alice")
  let finish: () => void = () => undefined
  const long = privacy.gate("mail.read", stranger, async permit => {
    await new Promise<void>(resolve => {
      finish = resolve
    })
    return body.open(permit)
  })
  await privacy.gate("mail.read", stranger, async () => undefined)
  finish()
  assert.equal(await long, "Dear Alice")
})

test("the default is no: a purpose opens the categories of its entry, and no other", async () => {
  const { privacy } = house()
  const keys = Object.keys(categories) as Category[]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...(Object.keys(purposes) as Purpose[])),
      fc.constantFrom(...keys),
      async (purpose, category) => {
        const allowed: readonly string[] = purposes[purpose].categories
        const isAllowed = allowed.some(one => `${category}.`.startsWith(`${one}.`))
        const value = new Personal(category, "x", undefined)
        const open = () => privacy.gate(purpose, stranger, async permit => value.open(permit as never)) // past the types
        if (isAllowed) assert.equal(await open(), "x")
        else await assert.rejects(open(), why("wrong-category"))
      },
    ),
    { numRuns: 300 },
  )
})

test("a purpose that a cast made up opens nothing", async () => {
  const { privacy } = house()
  for (const purpose of ["marketing.campaign", "constructor", "__proto__", "toString"])
    await assert.rejects(
      privacy.gate(purpose as "mail.read", stranger, async () => "in"),
      why("unknown-purpose"),
      purpose,
    )
})

test("the permit says for what, about whom, under which policy and until when", async () => {
  const { privacy } = house()
  const subject: Subject = { kind: "accounts", accounts: [] }
  await privacy.gate("mail.screen", subject, async permit => {
    assert.equal(permit.purpose, "mail.screen")
    assert.equal(permit.subject, subject)
    assert.equal(permit.policyVersion, "1")
    assert.equal(permit.expires, 1_000_000 + purposes["mail.screen"].permitLasts)
  })
})

test("the permit says the edition of the policy that is in effect when it is given", async () => {
  const inEffect = policyInEffect()
  const privacy = createPrivacy({ clock: { now: () => 0 }, policyLabel: inEffect.label })
  const given = async () => await privacy.gate("mail.screen", stranger, async permit => permit)
  const before = await given()
  inEffect.took("1.2")
  assert.deepEqual([before.policyVersion, (await given()).policyVersion], ["1", "1.2"])
})

test("personal data does not slip into JSON, text, a log, a clone or a copy", () => {
  const canary = "canary-7f3a"
  const value = personal("user.content.private.mail", canary)
  assert.throws(() => JSON.stringify({ deep: [value] }), PersonalLeakError)
  assert.throws(() => `${value as unknown as string}`, PersonalLeakError)
  assert.throws(() => String(value), PersonalLeakError)
  assert.throws(() => (value as unknown as number) + 1, PersonalLeakError)
  assert.equal(inspect({ deep: { value } }), "{ deep: { value: Personal<user.content.private.mail> } }")
  assert.equal(inspect(value, { showHidden: true, depth: 9 }).includes(canary), false)
  assert.equal(serialize({ ...value }).includes(canary), false)
  assert.equal(JSON.stringify(Object.entries({ ...value })).includes(canary), false)
  assert.equal(JSON.stringify(structuredClone({ ...value })).includes(canary), false)
})

test("what looks like personal data or a permit, but is none, gives nothing", async () => {
  const { privacy } = house()
  const body = personal("user.content.private.mail", "Dear Alice")
  const forged = Object.create(
    Object.getPrototypeOf(await privacy.gate("mail.read", stranger, async permit => permit)),
  )
  assert.throws(() => body.open(forged), TypeError)
  assert.throws(() => Personal.prototype.open.call({ category: "user.credentials" }, forged), TypeError)
})

test("every purpose that tells a recipient may open one of its fields", () => {
  for (const [purpose, entry] of Object.entries(purposes))
    for (const recipient of entry.recipients) {
      const allowed: readonly string[] = entry.categories
      const fields = recipients[recipient].fields.filter(field =>
        allowed.some(one => `${field}.`.startsWith(`${one}.`)),
      )
      assert.notEqual(fields.length, 0, `${purpose} → ${recipient}`)
    }
})
