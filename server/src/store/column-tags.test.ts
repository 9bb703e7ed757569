import assert from "node:assert/strict"
import { test } from "node:test"
import { columnForms, readColumnTags, renderTag } from "./column-tags.ts"
import { findTagFaults } from "./untagged-columns.ts"

const tag = {
  category: "system",
  owner: "account",
  retention: "while it lives",
  erasure: "row",
  form: "clear",
} as const
const text = "--: system | account | while it lives | row"

test("reads a table with tags behind the comma, before it, and on the last line", () => {
  const [table] = readColumnTags(`
    create table if not exists thing (  --: table per-account
      account_id bigint not null references account on delete cascade, ${text}
      "kind" text check (kind in ('a', 'b,c', ')')) ${text}
      , size numeric(10, 2) default 1,  ${text}
      -- a plain comment, with a comma
      made timestamptz default now(),   ${text}
      primary key (account_id, kind),
      unique (size)
    ) with (fillfactor = 50);`)
  assert.equal(table?.name, "thing")
  assert.equal(table?.whose, "per-account")
  assert.deepEqual(
    table?.columns,
    ["account_id", "kind", "size", "made"].map(name => ({ name, tag })),
  )
  assert.deepEqual(table?.primaryKey, ["account_id", "kind"])
})

test("a key on the column itself is the primary key", () => {
  const [table] = readColumnTags(`create table one ( --: table server\n id int primary key ${text}\n);`)
  assert.deepEqual(table?.primaryKey, ["id"])
})

test("later statements add and drop columns and tables", () => {
  const tables = readColumnTags(`
    create table one ( --: table server
      a int primary key, ${text}
      b int              ${text}
    );
    create table two ( --: table server
      a int primary key  ${text}
    );
    alter table one add column if not exists c int; ${text}
    alter table one drop column b;
    alter table one alter column c set storage external;
    drop table two;`)
  assert.deepEqual(
    tables.map(table => table.name),
    ["one"],
  )
  assert.deepEqual(tables[0]?.columns, [
    { name: "a", tag },
    { name: "c", tag },
  ])
})

test("a column lies in the clear unless its tag has a fifth part; a later line gives it another tag", () => {
  const made = readColumnTags(`create table one ( --: table server
      a int primary key,  ${text}
      b bytea             ${text} | sealed to the person
    );`)
  const forms = (tables: ReturnType<typeof readColumnTags>) => tables[0]?.columns.map(each => each.tag?.form)
  assert.deepEqual(forms(made), ["clear", "sealed to the person"])
  const again = readColumnTags(
    `--: column one.b is user.credentials | account | a day | row | hashed\nselect 1;`,
    made,
  )
  assert.deepEqual(forms(again), ["clear", "hashed"])
  assert.equal(again[0]?.columns[1]?.tag?.category, "user.credentials")
  assert.deepEqual(forms(made), ["clear", "sealed to the person"], "what was read before stays as it was")
})

test("names a column whose category says sealed or hashed, and whose form does not", () => {
  const tables = readColumnTags(`create table one ( --: table server
      a int primary key,  ${text}
      b bytea,            --: user.content.sealed | account | a day | row
      c bytea,            --: user.contacts.hashed | account | a day | row | sealed to the server
      d bytea,            --: user.content.sealed | account | a day | row | sealed to the server
      e bytea             --: user.contacts.hashed | account | a day | row | hashed
    );`)
  assert.deepEqual(
    findTagFaults(tables).map(fault => fault.split(":")[0]),
    ["one.b", "one.c"],
  )
})

test("names every fault", () => {
  const tables = readColumnTags(`
    create table silent ( id int primary key ${text}\n);
    create table torn ( --: table per-account
      id int primary key,  ${text}
      account_id bigint
    );
    create table keyless ( --: table per-org
      org_id bigint        ${text}
    );`)
  assert.deepEqual(findTagFaults(tables), [
    "silent: does not say whose it is (--: table …)",
    "torn.account_id: lacks its tag (--: category | owner path | retention | way of erasure)",
    "torn: is per-account, so its primary key must begin with account_id, not id",
    "keyless: has no primary key",
  ])
})

const invalid: readonly (readonly [string, string])[] = [
  ["three parts", "create table a ( --: table server\n b int --: system | x | y\n);"],
  ["an empty part", "create table a ( --: table server\n b int --: system | | y | z\n);"],
  ["six parts", "create table a ( --: table server\n b int --: system | x | y | z | clear | so\n);"],
  ["a form that is none", "create table a ( --: table server\n b int --: system | x | y | z | secret\n);"],
  ["another tag for what was never made", `--: column a.b is system | x | y | z\nselect 1;`],
  ["a category that is none", "create table a ( --: table server\n b int --: System! | x | y | z\n);"],
  ["two tags for one column", `create table a (\n b int ${text}\n ${text}\n);`],
  ["a tag before the first column", `create table a ( ${text}\n b int\n);`],
  ["a table of nobody's", "create table a ( --: table theirs\n b int\n);"],
  ["a tag outside of a table", `create index a on b (c); ${text}`],
  ["a rename", "alter table a rename column b to c;"],
  ["a column of an unknown table", `alter table a add column b int; ${text}`],
  [
    "two columns in one statement",
    `create table a (b int);\nalter table a add column c int, add column d int; ${text}`,
  ],
]
for (const [what, sql] of invalid) {
  test(`refuses ${what}`, () => assert.throws(() => readColumnTags(sql), SyntaxError))
}

test("what it renders it reads again", () => {
  for (const form of columnForms) {
    const sql = `create table a ( --: table server\n b int --: ${renderTag({ ...tag, form })}\n);`
    assert.deepEqual(readColumnTags(sql)[0]?.columns[0]?.tag, { ...tag, form })
  }
})
