import assert from "node:assert/strict"
import { test } from "node:test"
import { secret as asSecret, mailAddress, organisation } from "../privacy/index.ts"
import { opened, testPrivacy, withPermit } from "../privacy/test-privacy.ts"
import type { People } from "./index.ts"
import { addPerson, ann, openTestPeople, password } from "./open-test-people.ts"

const find = (people: People, address: string) =>
  testPrivacy.gate("mail.receive", { kind: "stranger" }, permit =>
    people.findRecipient(mailAddress(address), permit),
  )
const findKept = (people: People, address: string) =>
  withPermit(permit => people.findRecipientKept(mailAddress(address), permit))

test("makes the first account of an organisation its administrator, and tells the hook", async t => {
  const { people, opened: accounts } = await openTestPeople(t)
  const first = await people.addAccount(mailAddress("Ann@EXAMPLE.org"), asSecret(password))
  assert.equal(first.kind === "added" && first.role, "administrator")
  assert.equal(first.kind === "added" && opened(first.address), opened(ann))
  const second = await people.addAccount(mailAddress("bob@example.org"), asSecret(password))
  assert.equal(second.kind === "added" && second.role, "person")
  assert.deepEqual(
    accounts,
    [first, second].map(made => made.kind === "added" && made.accountId),
  )
})

test("refuses addresses that are taken, foreign or malformed, and poor passwords", async t => {
  const { people } = await openTestPeople(t)
  await addPerson(people)
  const why = async (address: string, secret = password) => {
    const made = await people.addAccount(mailAddress(address), asSecret(secret))
    return made.kind === "refused" ? made.why : made.kind
  }
  assert.equal(await why("ANN@example.org"), "taken")
  assert.equal(await why("bob@elsewhere.example"), "no-such-domain")
  assert.equal(await why("bob+tag@example.org"), "bad-address")
  assert.equal(await why("bob smith@example.org"), "bad-address")
  assert.equal(await why("bob@example.org", "short"), "bad-password")
  assert.equal(await why("bobby@example.org", "i am bobby, hello"), "bad-password")
})

test("makes one account of two made at once with one address", async t => {
  const { people } = await openTestPeople(t)
  const made = await Promise.all([
    people.addAccount(ann, asSecret(password)),
    people.addAccount(ann, asSecret(password)),
  ])
  assert.deepEqual(made.map(each => each.kind).sort(), ["added", "refused"])
})

test("knows whose mailbox an address is", async t => {
  const { people } = await openTestPeople(t)
  const { id } = await addPerson(people)
  const { id: bob } = await addPerson(people, mailAddress("bob@example.org"))
  const sales = await people.addAlias(mailAddress("Sales@example.org"), mailAddress("bob@example.org"))
  assert.equal(sales.kind === "added" && opened(sales.alias), "sales@example.org")
  assert.equal(sales.kind === "added" && sales.accountId, bob)
  const kind = async (address: string) => {
    const found = await find(people, address)
    return found.kind === "local" ? found.accountId : found.kind
  }
  assert.equal(await kind("ann@example.org"), id)
  assert.equal(await kind("ANN+lists@Example.ORG"), id)
  assert.equal(await kind('"ann"@example.org'), id)
  assert.equal(await kind("Sales+x@example.org"), bob)
  assert.equal(await kind("postmaster@example.org"), id)
  assert.equal(await kind("Abuse@example.org"), id)
  assert.equal(await kind("Postmaster"), id)
  assert.equal(await kind("nobody@example.org"), "unknown")
  assert.equal(await kind('"no such"@example.org'), "unknown")
  assert.equal(await kind("postmaster@elsewhere.example"), "not-ours")
  assert.equal(await kind("ann@elsewhere.example"), "not-ours")
  assert.equal(await kind("ann@[192.0.2.1]"), "not-ours")
})

test("knows of a domain of others at its second address, until it becomes ours", async t => {
  const { people } = await openTestPeople(t)
  await addPerson(people)
  assert.equal(findKept(people, "carla@elsewhere.example"), undefined)
  // News of the first account may still be on its way, and then nothing is kept.
  for (let no = 0; findKept(people, "carla@Elsewhere.example") === undefined; no += 1)
    assert.equal((await find(people, `${no}@elsewhere.example`)).kind, "not-ours")
  assert.equal(findKept(people, "carla@Elsewhere.example")?.kind, "not-ours")
  assert.equal(findKept(people, "carla@other.example"), undefined)
  await people.addDomain(organisation("elsewhere.example"))
  assert.equal((await find(people, "carla@elsewhere.example")).kind, "unknown")
})

test("forgets a kept answer when an address is added, here or by another node", async t => {
  const { people, store } = await openTestPeople(t)
  const heard: (() => void)[] = []
  await store.listen(
    "people_addresses",
    payload => payload === "test" && heard.shift()?.(),
    () => undefined,
  )
  const tell = async () => {
    const told = Promise.withResolvers<void>()
    heard.push(told.resolve)
    await store.transaction(tx => store.notify(tx, "people_addresses", "test"))
    await told.promise
  }
  await tell() // What was told while the house was set up has been heard now.
  assert.equal((await find(people, "late@example.org")).kind, "unknown")
  assert.equal(findKept(people, "late@example.org")?.kind, "unknown")
  const { id } = await addPerson(people, mailAddress("late@example.org"))
  assert.deepEqual(await find(people, "late@example.org"), { kind: "local", accountId: id })
  await tell()
  assert.deepEqual(await find(people, "late@example.org"), { kind: "local", accountId: id })
  await store.sql`update address set address = 'later@example.org' where address = 'late@example.org'`
  assert.equal((await find(people, "late@example.org")).kind, "local")
  await tell()
  assert.equal((await find(people, "late@example.org")).kind, "unknown")
})

test("lets an alias lead to an account of its own organisation only, and to no alias that is not there", async t => {
  const { people } = await openTestPeople(t)
  await addPerson(people)
  await people.addOrg(organisation("Other"))
  await people.addDomain(organisation("other.example"), organisation("Other"))
  const why = async (alias: string, target: string) => {
    const made = await people.addAlias(mailAddress(alias), mailAddress(target))
    return made.kind === "refused" ? made.why : made.kind
  }
  assert.equal(await why("x@other.example", "ann@example.org"), "other-org")
  assert.equal(await why("x@example.org", "x@example.org"), "no-such-account")
  assert.equal(await why("a@example.org", "ann@example.org"), "added")
  assert.equal(await why("b@example.org", "a@example.org"), "added")
  assert.equal(await why("a@example.org", "b@example.org"), "taken")
  assert.equal(await why("ann@example.org", "b@example.org"), "taken")
})

test("asks which organisation a domain is for when there are several", async t => {
  const { people } = await openTestPeople(t)
  assert.equal((await people.addOrg(organisation("EXAMPLE"))).kind, "refused")
  await people.addOrg(organisation("Other"))
  const unsaid = await people.addDomain(organisation("other.example"))
  assert.equal(unsaid.kind === "refused" && unsaid.why, "no-such-org")
  const said = await people.addDomain(organisation("BÜCHER.example."), organisation("other"))
  assert.equal(said.kind === "added" && opened(said.domain), "xn--bcher-kva.example")
  const twice = await people.addDomain(organisation("xn--bcher-kva.example"), organisation("Example"))
  assert.equal(twice.kind === "refused" && twice.why, "taken")
})

test("takes no mail for an address that was given to another account in the database", async t => {
  const { people, store, log } = await openTestPeople(t)
  const { id } = await addPerson(people)
  const mallory = await addPerson(people, mailAddress("mallory@example.org"))
  await store.sql`update address set account_id = ${mallory.id} where address = ${opened(ann)}`
  for (const address of ["ann@example.org", "ann+tag@example.org", "ann@example.org"])
    await assert.rejects(find(people, address), { temporary: true })
  assert.equal(findKept(people, "ann@example.org"), undefined)
  const said = log.events.filter(event => event.name === "people.address-not-ours")
  assert.deepEqual(said[0]?.fields, { account: mallory.id })
  assert(!JSON.stringify(said).includes("ann"))
  await store.sql`update address set account_id = ${id} where address = ${opened(ann)}`
  assert.deepEqual(await find(people, "ann@example.org"), { kind: "local", accountId: id })
})

test("takes no mail for an address that was written into the database", async t => {
  const { people, store } = await openTestPeople(t)
  const { id } = await addPerson(people)
  await store.sql`insert into address (address, account_id, kind, mac)
    select 'info@example.org', account_id, 'alias', mac from address where account_id = ${id}`
  await assert.rejects(find(people, "info@example.org"), { temporary: true })
})
