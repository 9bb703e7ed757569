import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { type TestContext, test } from "node:test"
import { grantsFor } from "./app-rights.ts"
import { prepareAppRole } from "./app-role.ts"
import { atEnd } from "./at-end.ts"
import { openPool, poolLimits, type Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"
import { openTestStore, type TestStore, testRole } from "./test-store.ts"
import { runTransaction } from "./transaction.ts"

/** As the template's databases have it. */
const wanted = { signsIn: false, name: testRole } as const

const oneConnection = { ...poolLimits, connections: 1 }
const forbidden = (error: unknown): boolean => error instanceof StoreError && error.code === "42501"

test("the server's ordinary connections work as a role that owns nothing and passes no row security", async t => {
  const store = await openTestStore(t)
  assert.deepEqual(store.rights, { kind: "apart", role: testRole })
  const [me] = await store.sql<{ name: string; mighty: boolean; owns: boolean }[]>`
    select current_user::text as name, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as mighty,
           exists (select from pg_class where relowner = pg_roles.oid) as owns
      from pg_roles where rolname = current_user`
  assert.deepEqual({ ...me }, { name: testRole, mighty: false, owns: false })
})

const refused: Readonly<Record<string, string>> = {
  "make a table": "create table mine (id int)",
  "change a table": "alter table account add column more int",
  "empty a table": "truncate account",
  "drop a table": "drop table change",
  "make a trigger":
    "create function f() returns trigger language plpgsql as 'begin return null; end'; create trigger t before insert on email execute function f()",
  "make a role": "create role mighty superuser",
  "become the owner": "alter role letterkeep_app_test superuser",
  "write into the schema's history": "delete from schema_version",
  "change what was agreed": "update agreement_entry set fields = '{}'",
  "remove what was agreed": "delete from agreement_entry",
  "write into the register of before":
    "insert into agreement (recipient, purposes, fields, agreed_at) values ('dns', '{}', '{}', now())",
  "change a leaf of the ledger": "update ledger_leaf set data = ''",
  "remove a leaf of the ledger": "delete from ledger_leaf",
  "change a signed checkpoint": "update ledger_checkpoint set note = ''",
  "remove a signed checkpoint": "delete from ledger_checkpoint",
  "change what was told to a person": "update ledger_detail set sealed = ''",
  "remove what was told to a person": "delete from ledger_detail",
  "empty what was told to people": "truncate ledger_detail",
  "change an event on its way into the ledger": "update ledger_waiting set data = ''",
  "remove what an account has been counted of": "delete from ledger_count",
  "change what was agreed with staff": "update staff_agreement set until = now()",
  "remove what was agreed with staff": "delete from staff_agreement",
  "remove a tile of the ledger": "delete from ledger_tile",
  "change a choice that somebody made": "update choice set made_at = now()",
  "remove a choice that somebody made": "delete from choice",
  "remove a version of the policy": "delete from policy_version",
  "change a version of the policy": "update policy_version set canonical = ''",
  "read a file of the machine": "select pg_read_file('/etc/passwd')",
  "run a program": "copy account to program 'cat'",
}
for (const [what, statement] of Object.entries(refused))
  test(`that role may not ${what}`, async t => {
    const store = await openTestStore(t)
    await assert.rejects(async () => store.sql.unsafe(statement), forbidden)
  })

test("what goes with an account goes, though the role could not remove it by itself", async t => {
  const store = await openTestStore(t)
  const account = await anAccount(store)
  await store.sql`insert into ledger_detail (account_id, leaf_hash, sealed, created_at) values (${account}, '', '', now())`
  await store.sql`delete from account where account_id = ${account}`
  assert.equal((await store.sql`select from ledger_detail`).length, 0)
})

test("brings rights that somebody changed back to what they should be, and changes nothing where they are so", async t => {
  const store = await openTestStore(t)
  await store.owner.unsafe(
    `grant delete, truncate on ledger_leaf to ${testRole}; revoke insert on email from ${testRole};
     grant update (data) on ledger_leaf to ${testRole}; grant insert (email_id) on email to ${testRole}`,
  )
  assert.deepEqual(await prepareAppRole(store.owner, wanted), { kind: "apart", role: testRole })
  await assert.rejects(async () => store.sql`delete from ledger_leaf`, forbidden)
  await assert.rejects(async () => store.sql`truncate ledger_leaf`, forbidden)
  await assert.rejects(async () => store.sql`update ledger_leaf set data = ''`, forbidden)
  await store.sql`delete from email`
  assert.deepEqual(await runTransaction(store.owner, tx => grantsFor(tx, testRole)), [])
})

test("without the right to make roles or to take this one, it works as the owner and says why", async t => {
  const store = await openTestStore(t)
  const name = `poor_${randomBytes(4).toString("hex")}`
  await store.owner.unsafe(`create role ${name} login`)
  const poor = asUser(store, name)
  try {
    const rights = await prepareAppRole(poor, wanted)
    assert.equal(rights.kind, "owner")
    assert.match(
      rights.kind === "owner" ? rights.why : "",
      new RegExp(`${name} may not take the role ${testRole}`),
    )
  } finally {
    await poor.end({ timeout: 5 })
    await store.owner.unsafe(`drop role ${name}`)
  }
})

test("an owner who may give the role to others takes it himself", async t => {
  const store = await openTestStore(t)
  const name = `giver_${randomBytes(4).toString("hex")}`
  await store.owner.unsafe(`
    create role ${name} login createrole; grant ${testRole} to ${name} with admin true, set false, inherit false;
    ${await ownAll(store, name)}`)
  const giver = asUser(store, name)
  try {
    assert.deepEqual(await prepareAppRole(giver, wanted), { kind: "apart", role: testRole })
    await giver.unsafe(`set role ${testRole}`)
    await assert.rejects(async () => giver.unsafe("delete from ledger_leaf"), forbidden)
  } finally {
    await giver.end({ timeout: 5 })
    await store.owner.unsafe(
      `reassign owned by ${name} to current_user; drop owned by ${name}; drop role ${name}`,
    )
  }
})

test("each database of one PostgreSQL has a role of its own, which has no rights in another", async t => {
  const [one, other] = [await openTestStore(t), await openTestStore(t)]
  const roles = await Promise.all([one, other].map(store => ownRoleOf(store)))
  assert.equal(new Set(roles).size, 2)
  for (const [store, role] of [
    [one, roles[1]],
    [other, roles[0]],
  ] as const) {
    const sql = asUser(store, role ?? "")
    await assert.rejects(async () => sql`select from account`, forbidden)
    await sql.end({ timeout: 5 })
  }
})

test("a copy of a database takes back the rights of the one that it was copied from, which keeps its role", async t => {
  const original = await openTestStore(t)
  const role = await ownRoleOf(original)
  const copy = await copyOf(t, original)
  const copied = await ownRoleOf({ ...original, ...copy })
  assert.notEqual(copied, role)
  const strange = openPool({ kind: "given", url: copy.databaseUrl, role }, oneConnection)
  await assert.rejects(async () => strange`select from account`, forbidden)
  await strange.end({ timeout: 5 })
  const still = asUser(original, role)
  assert.deepEqual([...(await still`select from account`)], [])
  await still.end({ timeout: 5 })
})

test("the one role that all databases had is dropped when the last of them no longer needs it", async t => {
  const [one, other] = [await openTestStore(t), await openTestStore(t)]
  await one.owner.unsafe("create role letterkeep_app nologin noinherit")
  for (const store of [one, other]) {
    await store.owner.unsafe(
      "grant select, insert on account, agreement to letterkeep_app; grant usage on schema public to letterkeep_app",
    )
  }
  const isThere = async () =>
    (await one.owner`select from pg_roles where rolname = 'letterkeep_app'`).length > 0
  await ownRoleOf(one)
  assert.equal(await isThere(), true, "a database lost its role to another")
  const late = asUser(one, "letterkeep_app")
  await assert.rejects(async () => late`select from account`, forbidden)
  await late.end({ timeout: 5 })
  await ownRoleOf(other)
  assert.equal(await isThere(), false)
})

test("the user of a database stays its owner, though it is called like the role of another one", async t => {
  const store = await openTestStore(t)
  const name = await someUser(store, "letterkeep_app_0")
  const rights = await prepareAppRole(asUserFor(t, store, name), { signsIn: false })
  assert.equal(rights.kind, "apart")
  await asUserFor(t, store, name)`truncate account cascade`
})

test("the user of a database stays its owner, though it is called as its role would be", async t => {
  const store = await openTestStore(t)
  const [database] = await store.owner<{ oid: number }[]>`
    select oid::int8 as oid from pg_database where datname = current_database()`
  const name = await someUser(store, `letterkeep_app_${database?.oid ?? 0}`)
  const rights = await prepareAppRole(asUserFor(t, store, name), { signsIn: false })
  assert.deepEqual(rights, { kind: "apart", role: `${name}_server` })
  await asUserFor(t, store, name)`truncate account cascade`
  await assert.rejects(async () => asUserFor(t, store, rights.role)`truncate account cascade`, forbidden)
})

test("the owner of a table keeps it, though it is called like the role of another database", async t => {
  const store = await openTestStore(t)
  const name = "letterkeep_app_1"
  await store.owner.unsafe(`create role ${name} nologin; alter table account owner to ${name}`)
  await ownRoleOf(store)
  assert.deepEqual([...(await asUserFor(t, store, name)`select from account`)], [])
})

test("the role comes into a schema that is shut to others", async t => {
  const store = await openTestStore(t)
  await store.owner.unsafe(`revoke usage on schema public from public`)
  const role = await ownRoleOf(store)
  const sql = asUser(store, role)
  assert.deepEqual([...(await sql`select from account`)], [])
  await sql.end({ timeout: 5 })
})

/** The database's own role, as a server that was given this database makes it; it goes with the cluster. */
async function ownRoleOf(store: Pick<TestStore, "databaseUrl">): Promise<string> {
  const owner = openPool({ kind: "given", url: store.databaseUrl }, oneConnection)
  const rights = await prepareAppRole(owner, { signsIn: false })
  assert.equal(rights.kind, "apart")
  const [database] = await owner<{ oid: number }[]>`
    select oid::int8 as oid from pg_database where datname = current_database()`
  assert.equal(rights.role, `letterkeep_app_${database?.oid ?? 0}`)
  await owner.end({ timeout: 5 })
  return rights.role
}

async function copyOf(t: TestContext, store: TestStore): Promise<{ readonly databaseUrl: string }> {
  const url = new URL(store.databaseUrl)
  const name = `copy_${randomBytes(6).toString("hex")}`
  const maker = new URL(url)
  maker.pathname = "/postgres"
  const sql = openPool({ kind: "given", url: maker.href }, oneConnection)
  t.after(async () => {
    await sql.unsafe(`drop database ${name} with (force)`)
    await sql.end({ timeout: 5 })
  })
  const original = url.pathname.slice(1)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${original}`
  await sql.unsafe(`create database ${name} template ${original}`)
  url.pathname = `/${name}`
  return { databaseUrl: url.href }
}

async function ownAll(store: TestStore, name: string): Promise<string> {
  const tables = await store.owner<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`
  const functions = await store.owner<{ name: string }[]>`
    select oid::regprocedure::text as name from pg_proc where pronamespace = 'public'::regnamespace`
  return [
    ...tables.map(table => `alter table "${table.name}" owner to ${name};`),
    ...functions.map(one => `alter function ${one.name} owner to ${name};`),
  ].join("\n")
}

/** A user that owns all tables and functions and may make roles. */
async function someUser(store: TestStore, name: string): Promise<string> {
  await store.owner.unsafe(`create role ${name} login createrole; ${await ownAll(store, name)}`)
  return name
}

function asUserFor(t: TestContext, store: TestStore, name: string): Sql {
  const sql = asUser(store, name)
  atEnd(t, () => sql.end({ timeout: 5 }))
  return sql
}

/** The cluster lets its owner in alone: a connection that takes the other's role from its start asks as him. */
function asUser(store: TestStore, name: string): Sql {
  return openPool({ kind: "given", url: store.databaseUrl, role: name }, oneConnection)
}

async function anAccount(store: TestStore): Promise<number> {
  const [org] = await store.sql<{ id: number }[]>`insert into org (name) values ('x') returning org_id as id`
  const [account] = await store.sql<{ id: number }[]>`
    insert into account (org_id, role) values (${org?.id ?? 0}, 'person') returning account_id as id`
  return account?.id ?? 0
}
