import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { openTestVaults } from "../../vaults/open-test-vaults.ts"
import { createStaffRegister, StaffRegisterBrokenError, type StaffWish, undertaking } from "./register.ts"
import { addStaffRow, STAFF_ROWS_LIMIT, supportCategories } from "./rows.ts"

const day = 86_400_000

async function openTestRegister(t: TestContext) {
  const house = await openTestVaults(t)
  const register = createStaffRegister(house)
  const wish = (more: Partial<StaffWish> = {}): StaffWish => ({
    name: "Rita Roe",
    fields: undefined,
    until: house.clock.now() + 30 * day,
    ...more,
  })
  const agree = async (more: Partial<StaffWish> = {}) => {
    const agreed = await register.agree(wish(more))
    assert.equal(agreed.kind, "agreed", "text" in agreed ? agreed.text : "")
  }
  const looks = async (name: string | undefined = "Rita Roe") =>
    await register.whoLooks(name, ["user.contact.email"])
  return { ...house, register, wish, agree, looks }
}

const refused = (answer: { readonly kind: string; readonly text?: string }, expected: RegExp): void => {
  assert.equal(answer.kind, "refused")
  assert.match(answer.text ?? "", expected)
}

test("nobody looks without an agreement, and whoever is refused is told how to make one", async t => {
  const { register, looks, agree } = await openTestRegister(t)
  refused(await looks(), /without an agreement.*staff agree "Rita Roe" --until/)
  refused(await register.whoLooks(undefined, []), /--by NAME/)
  await agree({ name: "  Rita\tRoe " })
  assert.deepEqual(await looks(), { kind: "bound", by: "Rita Roe" })
  refused(await looks("Sam"), /without an agreement/)
})

test("an agreement holds until its end, and not a moment longer; one that was ended holds no more", async t => {
  const { register, looks, agree, clock } = await openTestRegister(t)
  await agree()
  clock.at += 30 * day - 1
  assert.equal((await looks()).kind, "bound")
  clock.at += 1
  refused(await looks(), /ran out/)
  await agree({ until: clock.at + day })
  assert.equal((await looks()).kind, "bound")
  assert.equal((await register.end("Rita Roe")).kind, "ended")
  refused(await looks(), /was ended/)
  refused(await register.end("Rita Roe"), /no agreement/)
  await agree({ until: clock.at + day })
  assert.equal((await looks()).kind, "bound")
})

test("nobody is shown more than their agreement names", async t => {
  const { register, agree } = await openTestRegister(t)
  await agree({ fields: ["user.contact.email"] })
  assert.equal((await register.whoLooks("Rita Roe", ["user.contact.email"])).kind, "bound")
  refused(
    await register.whoLooks("Rita Roe", ["user.contact.email", "user.credentials"]),
    /does not name user\.credentials/,
  )
})

test("an agreement names a person, an end within a year, and what staff may be shown at all", async t => {
  const { register, wish, clock } = await openTestRegister(t)
  for (const [more, expected] of [
    [{ name: " " }, /a name is/],
    [{ name: "a".repeat(101) }, /a name is/],
    [{ name: 'Rita "root" Roe' }, /a name is/],
    [{ name: "Rita\u202eeoR" }, /a name is/],
    [{ until: clock.now() }, /in the future/],
    [{ until: clock.now() + 367 * day }, /a year/],
    [{ until: Number.NaN }, /in the future/],
    [{ fields: ["user.content.private.mail"] }, /shown to nobody/],
    [{ fields: [] }, /names what may be shown/],
  ] as const)
    refused(await register.agree(wish(more)), expected)
  assert.deepEqual(await register.list(), [])
})

test("the list has the newest agreement with each, in the words that they agreed to", async t => {
  const { register, agree, clock } = await openTestRegister(t)
  await agree({ name: "Sam" })
  await agree({ fields: ["user.contact.email"] })
  const [agreedAt, until] = [clock.now(), clock.now() + 30 * day]
  clock.at += day
  await register.end("Sam")
  assert.deepEqual(await register.list(), [
    { name: "Rita Roe", undertaking, fields: ["user.contact.email"], agreedAt, until, endedAt: undefined },
    { name: "Sam", undertaking, fields: supportCategories, agreedAt, until, endedAt: clock.at },
  ])
})

test("agreements that come at once all stand", async t => {
  const { register, agree } = await openTestRegister(t)
  await Promise.all(Array.from({ length: 8 }, (_, at) => agree({ name: `Person ${at}` })))
  assert.equal((await register.list()).length, 8)
})

for (const [what, sql] of [
  ["an end that is taken back", "delete from staff_agreement where number = 2"],
  ["an end that is put off", "update staff_agreement set until = until + interval '1 day' where number = 1"],
  ["further fields", "update staff_agreement set fields = '{user.credentials}' where number = 1"],
  ["another name", "update staff_agreement set name = 'Mallory' where number = 1"],
  ["a row without its MAC", "update staff_agreement set mac = '' where number = 3"],
  [
    "a beginning anew that they wrote",
    "insert into staff_agreement (number, kind, name, at, mac) values (4, 'end', '', now(), '')",
  ],
] as const)
  test(`${what}, by somebody who can write to the database, lets nobody look`, async t => {
    const { register, looks, agree, wish, store, log } = await openTestRegister(t)
    await agree()
    await register.end("Rita Roe")
    await agree({ name: "Sam" })
    await store.owner.unsafe(sql)
    await assert.rejects(looks("Sam"), StaffRegisterBrokenError)
    await assert.rejects(looks(), StaffRegisterBrokenError)
    await assert.rejects(register.end("Sam"), StaffRegisterBrokenError)
    const broken = await register.agree(wish({ name: "Pat" }))
    assert.ok(broken.kind === "agreed" && broken.brokenBefore !== undefined)
    assert.equal((await looks("Pat")).kind, "bound")
    refused(await looks("Sam"), /without an agreement/)
    const whole = await register.agree(wish())
    assert.ok(whole.kind === "agreed" && whole.brokenBefore === undefined)
    assert.deepEqual(
      (await register.list()).map(({ name }) => name),
      ["Pat", "Rita Roe"],
    )
    assert.equal((await register.end("Pat")).kind, "ended")
    assert.ok(log.events.some(({ name }) => name === "staff.begun-anew"))
  })

test("a register that was begun anew does not come back to what was before", async t => {
  const { register, wish, agree, looks, store } = await openTestRegister(t)
  await agree()
  await store.owner`update staff_agreement set mac = mac || '\\x00'::bytea`
  await register.agree(wish({ name: "Pat" }))
  await store.owner`update staff_agreement set mac = substr(mac, 1, length(mac) - 1) where number = 1`
  refused(await looks(), /without an agreement/)
  await store.owner`delete from staff_agreement where number = 2`
  await assert.rejects(looks(), /number 2 is missing/)
})

test("a row that is refused is not written", async t => {
  const { register, wish, agree, store } = await openTestRegister(t)
  await agree()
  await store.owner`update staff_agreement set number = ${Number.MAX_SAFE_INTEGER}`
  await assert.rejects(register.agree(wish()), /the database's owner can take it out/)
  assert.equal((await store.sql`select from staff_agreement`).length, 1)
})

test("a register that is full goes on with what stands", async t => {
  const { register, agree, looks, store, vaults, clock } = await openTestRegister(t)
  await agree({ fields: ["user.contact.email"] })
  await store.transaction(async tx => {
    for (let number = 2; number < STAFF_ROWS_LIMIT; number++) {
      const at = clock.now()
      await addStaffRow(tx, vaults, number, { kind: "end", name: "Sam", at })
    }
  })
  const [before] = await register.list()
  await agree({ name: "Pat" })
  assert.deepEqual((await register.list())[1], before)
  assert.equal((await looks("Pat")).kind, "bound")
  assert.equal((await register.end("Rita Roe")).kind, "ended")
  refused(await looks(), /was ended/)
})
