import assert from "node:assert/strict"
import { test } from "node:test"
import { resolverOf } from "../../dkim/fixtures/signing.ts"
import { createRecordLookup, namesOfWalk, walkTree } from "./tree-walk.ts"

async function organizational(start: string, records: Readonly<Record<string, string>>): Promise<string> {
  const texts = Object.fromEntries(
    Object.entries(records).map(([name, tags]) => [`_dmarc.${name}`, `v=DMARC1; p=none; ${tags}`]),
  )
  const walk = await walkTree(start, createRecordLookup(resolverOf(texts)))
  return walk.kind === "walked" ? walk.organizational : walk.why
}

test("asks at most eight names, those of the example of RFC 9989 §4.10", () => {
  assert.deepEqual(namesOfWalk("a.b.c.d.e.f.g.h.i.j.mail.example.com"), [
    "a.b.c.d.e.f.g.h.i.j.mail.example.com",
    "g.h.i.j.mail.example.com",
    "h.i.j.mail.example.com",
    "i.j.mail.example.com",
    "j.mail.example.com",
    "mail.example.com",
    "example.com",
    "com",
  ])
  assert.deepEqual(namesOfWalk("a.example.com"), ["a.example.com", "example.com", "com"])
})

test("finds Organizational Domains as the examples of RFC 9989 §4.10.2 do", async () => {
  assert.equal(
    await organizational("a.mail.example.com", { "mail.example.com": "", "example.com": "" }),
    "example.com",
  )
  assert.equal(
    await organizational("a.mail.example.com", { "mail.example.com": "psd=n", "example.com": "" }),
    "mail.example.com",
  )
  assert.equal(await organizational("a.mail.example.com", { com: "psd=y" }), "example.com")
})

test("takes the start itself where nothing is found, and a public suffix that sends mail for its own", async () => {
  assert.equal(await organizational("a.example.com", {}), "a.example.com")
  assert.equal(await organizational("bank", { bank: "psd=y" }), "bank")
  assert.equal(await organizational("giant.bank", { bank: "psd=y" }), "giant.bank")
})

test("counts several records at one name as none", async () => {
  const resolver = {
    ...resolverOf({}),
    txt: async () =>
      ({
        kind: "found",
        records: ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
        authentic: false,
        ttl: 1,
      }) as const,
  }
  assert.equal((await createRecordLookup(resolver).at("example.com")).kind, "nothing")
})

test("asks for each name once", async () => {
  const asked: string[] = []
  const base = resolverOf({})
  const lookup = createRecordLookup({ ...base, txt: name => base.txt(asked[asked.push(name) - 1] ?? "") })
  await walkTree("a.example.com", lookup)
  await walkTree("b.example.com", lookup)
  assert.deepEqual(asked, [
    "_dmarc.a.example.com",
    "_dmarc.example.com",
    "_dmarc.com",
    "_dmarc.b.example.com",
  ])
})
