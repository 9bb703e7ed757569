import assert from "node:assert/strict"
import { pbkdf2Sync } from "node:crypto"
import { test } from "node:test"
import { scramKeys } from "@letterkeep/sasl"
import { createScramClient } from "../../../packages/sasl/fixtures/scram-client.ts"
import { secret as asSecret, ipAddress, type MailAddress, mailAddress } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import type { AppProtocol, ScramChannel, ScramSignedIn } from "./index.ts"
import { arrive, enter, read } from "./open-test-mail.ts"
import { addPerson, ann, openTestPeople, password, type TestPeople } from "./open-test-people.ts"

const here = ipAddress("192.0.2.1")
const unbound: ScramChannel = { mechanism: "SCRAM-SHA-256", bindings: new Map() }

interface Tried {
  readonly salt: string
  readonly signedIn: ScramSignedIn
  /** The client took the server's last message for the right server's. */
  readonly accepted: boolean
}

async function trySignIn(
  { people }: TestPeople,
  name: string,
  secret: string,
  options: { protocol?: AppProtocol; source?: string; channel?: ScramChannel; type?: string } = {},
): Promise<Tried> {
  const channel = options.channel ?? unbound
  const octets = options.type === undefined ? undefined : channel.bindings.get(options.type)
  const client = createScramClient({
    name,
    password: secret,
    ...(options.type === undefined || octets === undefined
      ? {}
      : { binding: { type: options.type, octets } }),
  })
  const source = ipAddress(options.source ?? "192.0.2.1")
  const exchange = people.beginScram(options.protocol ?? "imap", source, channel)
  const challenge = await exchange.first(asSecret(client.first))
  assert(challenge.kind === "challenge", challenge.kind)
  const signedIn = await exchange.last(asSecret(client.final(challenge.bytes)))
  return {
    salt: /,s=([^,]+),i=4096$/.exec(challenge.bytes.toString())?.[1] ?? "no salt",
    signedIn,
    accepted: signedIn.kind === "signed-in" && client.accepts(signedIn.bytes),
  }
}

async function addOne({ people }: TestPeople, protocols: readonly AppProtocol[], label = "A program") {
  const added = await people.addAppPassword(ann, asSecret(password), protocols, asSecret(label))
  assert(added.kind === "added")
  return { ...added, secret: opened(added.secret) }
}

test("opens the mail of whoever proves an app password, and proves to the client that it is this server", async t => {
  const house = await openTestPeople(t)
  const { id } = await addPerson(house.people)
  const mail = await arrive(house, id, "a letter")
  const { secret } = await addOne(house, ["imap"])
  const { signedIn, accepted } = await trySignIn(house, "Ann@Example.ORG", secret)
  assert(signedIn.kind === "signed-in" && accepted)
  assert.equal(signedIn.account.credential.kind, "app-password")
  assert.equal(await read(signedIn.session, mail), "a letter")
})

test("opens the same mail by the same app password as a plain secret, however it is typed", async t => {
  const house = await openTestPeople(t)
  const { id } = await addPerson(house.people)
  const mail = await arrive(house, id, "a letter")
  const { secret } = await addOne(house, ["imap"])
  for (const typed of [secret, secret.toLowerCase().replaceAll("-", " ")]) {
    assert.equal(await read(await enter(house, typed, "imap"), mail), "a letter")
  }
})

test("finds among many app passwords the one that the proof is of", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  const all: Awaited<ReturnType<typeof addOne>>[] = []
  for (let n = 0; n < 32; n += 1) all.push(await addOne(house, n % 2 === 0 ? ["imap"] : ["pop3"], `no ${n}`))
  for (const n of [0, 30]) {
    const { signedIn } = await trySignIn(house, "ann@example.org", all[n]?.secret ?? "")
    assert(signedIn.kind === "signed-in")
    assert.equal(signedIn.account.credential.id, all[n]?.id)
  }
  assert.equal((await trySignIn(house, "ann@example.org", all[31]?.secret ?? "")).signedIn.kind, "refused")
})

test("refuses a wrong app password, one for another protocol, a removed one, and the main password", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  const [imap, pop3] = [await addOne(house, ["imap"]), await addOne(house, ["pop3"])]
  const refused = async (secret: string) =>
    assert.equal((await trySignIn(house, "ann@example.org", secret)).signedIn.kind, "refused")
  await refused(imap.secret.replace(/^./, first => (first === "0" ? "1" : "0")))
  await refused(pop3.secret)
  await refused(password)
  assert.equal((await trySignIn(house, "ann@example.org", imap.secret)).signedIn.kind, "signed-in")
  await house.people.removeAppPassword(await enter(house, password), imap.id)
  await refused(imap.secret)
})

test("gives one that may only send no key to the mail", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  const { secret } = await addOne(house, ["submission"])
  const { signedIn } = await trySignIn(house, "ann@example.org", secret, { protocol: "submission" })
  assert(signedIn.kind === "signed-in")
  assert.deepEqual(signedIn.session.generations, [])
})

test("answers to a name that nobody has as to one that somebody has: the same salt each time, another for each", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  await addPerson(house.people, mailAddress("bob@example.org"))
  await addOne(house, ["imap"])
  const alias = mailAddress("alias@example.org")
  assert.equal((await house.people.addAlias(alias, ann)).kind, "added")
  const names = [
    "ann@example.org",
    "bob@example.org",
    "nobody@example.org",
    "alias@example.org",
    "no address",
  ]
  const salts = new Set<string>()
  for (const [n, name] of names.entries()) {
    const one = await trySignIn(house, name, "wrong", { source: `192.0.2.${n}` })
    const again = await trySignIn(house, name, "wrong", { source: `192.0.2.${n}` })
    assert.equal(one.salt, again.salt)
    assert.equal(Buffer.from(one.salt, "base64").length, 16)
    assert.deepEqual([one.signedIn.kind, again.signedIn.kind], ["refused", "refused"])
    salts.add(one.salt)
  }
  assert.equal(salts.size, names.length)
})

test("takes an alias for nobody's name, though the plain secret signs in by it", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  const { secret } = await addOne(house, ["imap"])
  const alias = mailAddress("alias@example.org")
  await house.people.addAlias(alias, ann)
  assert.equal((await trySignIn(house, "alias@example.org", secret)).signedIn.kind, "refused")
  assert.equal((await house.people.signIn(alias, asSecret(secret), "imap", here)).kind, "signed-in")
})

test("counts exchanges like passwords: ten for a name, and those that are given up too", async t => {
  const house = await openTestPeople(t)
  const { people } = house
  await addPerson(people)
  const begin = async (address: string, n: number) => {
    const exchange = people.beginScram("imap", ipAddress(`198.51.100.${n}`), unbound)
    return (await exchange.first(asSecret(createScramClient({ name: address, password: "x" }).first))).kind
  }
  for (const address of ["ann@example.org", "nobody@example.org"]) {
    const kinds: string[] = []
    for (let n = 0; n < 12; n += 1) kinds.push(await begin(address, n))
    assert.deepEqual(kinds, [...Array(10).fill("challenge"), "slow-down", "slow-down"])
  }
  const slowed = await people.signIn(ann, asSecret(password), "imap", ipAddress("203.0.113.9"))
  assert.equal(slowed.kind, "slow-down", "passwords are counted with them")
})

test("gives the count back for a right proof alone", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  const { secret } = await addOne(house, ["imap"])
  for (let n = 0; n < 25; n += 1) {
    const tried = await trySignIn(house, "ann@example.org", secret, { source: `198.51.100.${n}` })
    assert.equal(tried.signedIn.kind, "signed-in")
  }
})

test("binds a proof to the connection where the client asks for it", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  const { secret } = await addOne(house, ["imap"])
  const bindings = new Map([["tls-exporter", Buffer.alloc(32, 1)]])
  const channel: ScramChannel = { mechanism: "SCRAM-SHA-256-PLUS", bindings }
  const bound = await trySignIn(house, "ann@example.org", secret, { channel, type: "tls-exporter" })
  assert.equal(bound.signedIn.kind, "signed-in")
  const between = createScramClient({
    name: "ann@example.org",
    password: secret,
    binding: { type: "tls-exporter", octets: Buffer.alloc(32, 2) },
  })
  const exchange = house.people.beginScram("imap", here, channel)
  const challenge = await exchange.first(asSecret(between.first))
  assert(challenge.kind === "challenge")
  assert.equal((await exchange.last(asSecret(between.final(challenge.bytes)))).kind, "malformed")
})

test("ends an exchange after one proof, and takes no message twice", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  const { secret } = await addOne(house, ["imap"])
  const client = createScramClient({ name: "ann@example.org", password: secret })
  const exchange = house.people.beginScram("imap", here, unbound)
  await assert.rejects(exchange.last(asSecret(Buffer.from(""))), /after it began/)
  const challenge = await exchange.first(asSecret(client.first))
  assert(challenge.kind === "challenge")
  await assert.rejects(exchange.first(asSecret(client.first)), /begins once/)
  const final = client.final(challenge.bytes)
  assert.equal((await exchange.last(asSecret(final))).kind, "signed-in")
  await assert.rejects(exchange.last(asSecret(final)), /ends once/)
  const other = house.people.beginScram("imap", here, unbound)
  assert.equal((await other.first(asSecret(client.first))).kind, "challenge")
  assert.equal(
    (await other.last(asSecret(final))).kind,
    "malformed",
    "a recorded proof fits no other exchange",
  )
})

test("verifies no keys that were copied from another account or another row", async t => {
  const house = await openTestPeople(t)
  const { people, store } = house
  const { id } = await addPerson(people)
  const eve: MailAddress = mailAddress("eve@example.org")
  const { id: eveId } = await addPerson(people, eve)
  await addOne(house, ["imap"])
  const added = await people.addAppPassword(eve, asSecret(password), ["imap"], asSecret("Eve's"))
  assert(added.kind === "added")
  const own = { secret: opened(added.secret) }
  await store.sql`update credential set (kdf, verify) =
    (select kdf, verify from credential where account_id = ${eveId} and kind = 'app-password')
    where account_id = ${id} and kind = 'app-password'`
  assert.equal((await trySignIn(house, "eve@example.org", own.secret)).signedIn.kind, "signed-in")
  assert.equal((await trySignIn(house, "ann@example.org", own.secret)).signedIn.kind, "refused")
  assert.equal((await people.signIn(ann, asSecret(own.secret), "imap", here)).kind, "refused")
})

test("leaves neither key of SCRAM readable in the database", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  const [one, two] = [await addOne(house, ["imap"]), await addOne(house, ["imap"])]
  const rows = await house.store.sql<{ kdf: { name: string; salt: string }; verify: Buffer }[]>`
    select kdf, verify from credential where kind = 'app-password' order by credential_id`
  assert.deepEqual(
    rows.map(row => row.kdf.name),
    ["scram-sha-256", "scram-sha-256"],
  )
  assert.equal(rows[0]?.kdf.salt, rows[1]?.kdf.salt)
  for (const [n, { secret }] of [one, two].entries()) {
    const row = rows[n]
    assert(row)
    const salted = pbkdf2Sync(secret, Buffer.from(row.kdf.salt, "hex"), 4096, 32, "sha256")
    const { clientKey, storedKey, serverKey } = scramKeys(salted)
    for (const key of [clientKey, storedKey, serverKey, salted]) assert.equal(row.verify.includes(key), false)
  }
})
