import assert from "node:assert/strict"
import { test } from "node:test"
import { createTableResolver, type NameResolver, namingAlike } from "@letterkeep/dns"
import fc from "fast-check"
import { checkHost } from "./check-host.ts"
import type { SpfOutcome } from "./question.ts"

type Table = Parameters<typeof createTableResolver>[0]

interface Question {
  readonly ip?: string
  readonly sender?: string
  readonly helo?: string
  readonly explain?: boolean
}

function ask(
  table: Table,
  question: Question = {},
  resolver: NameResolver = createTableResolver(table),
): Promise<SpfOutcome> {
  const { ip = "192.0.2.1", sender = "joe@a.example", helo = "mail.a.example", explain = false } = question
  const domain = (sender === "" ? helo : sender).replace(/^.*@/, "")
  return checkHost({
    ip,
    sender,
    helo,
    domain,
    now: 0,
    receiver: "mx.example",
    resolver,
    explain,
  })
}

const spf = (record: string, more: Table = {}): Table => ({
  "a.example": { txt: [`v=spf1 ${record}`] },
  ...more,
})

async function resultOf(record: string, more: Table = {}, question: Question = {}): Promise<string> {
  return (await ask(spf(record, more), question)).result
}

for (const [record, result] of [
  ["", "neutral"],
  ["all", "pass"],
  ["+all", "pass"],
  ["-all", "fail"],
  ["~ALL", "softfail"],
  ["?all", "neutral"],
  ["ip4:192.0.2.1 -all", "pass"],
  ["ip4:192.0.2.0/24 -all", "pass"],
  ["ip4:192.0.2.2 -all", "fail"],
  ["ip4:0.0.0.0/0 -all", "pass"],
  ["ip6:2001:db8::/32 -all", "fail"],
  ["unknown=x other.one=%{d} -all", "fail"],
] as const) {
  test(`"${record}" gives ${result}`, async () => assert.equal(await resultOf(record), result))
}

for (const record of [
  "al",
  "-all:x",
  "all/8",
  "ip4",
  "ip4:",
  "ip4:192.0.2",
  "ip4:192.0.2.1/33",
  "ip4:192.0.2.1/08",
  "ip4:2001:db8::1",
  "ip6:192.0.2.1",
  "ip6:2001:db8::1/129",
  "a:",
  "a/33",
  "a:b.example//129",
  "a:192.0.2.1",
  "mx:b.example:25",
  "include",
  "include:",
  "include:b.example/24",
  "exists",
  "exists:nodot",
  "ptr:",
  "redirect=b.example redirect=c.example",
  "exp=x.example exp=y.example",
  "redirect=",
  "exists:%{x}.b.example",
  "exists:%{d0}.b.example",
  "exists:%{c}.b.example",
  "exists:%a.b.example",
  "exists:%{d",
  "unknown=%{",
  "-all café",
  "ip4:192.0.2.1 -all =x",
] as const) {
  test(`"${record}" is a permanent error, wherever it stands`, async () => {
    assert.equal(await resultOf(record), "permerror")
    assert.equal(await resultOf(`+all ${record}`), "permerror")
  })
}

test("asks a and mx, for IPv4 and IPv6, with prefixes", async () => {
  const hosts: Table = {
    "b.example": { a: ["192.0.2.9"], aaaa: ["2001:db8::9"], mx: [{ preference: 1, exchange: "m.example" }] },
    "m.example": { a: ["198.51.100.1"] },
  }
  assert.equal(await resultOf("a:b.example -all", hosts), "fail")
  assert.equal(await resultOf("a:b.example/24 -all", hosts), "pass")
  assert.equal(await resultOf("a:b.example//64 -all", hosts, { ip: "2001:db8::1" }), "pass")
  assert.equal(await resultOf("mx:b.example -all", hosts, { ip: "198.51.100.1" }), "pass")
  assert.equal(await resultOf("mx:b.example -all", hosts), "fail")
  assert.equal(await resultOf("ip4:192.0.2.1 -all", {}, { ip: "::ffff:192.0.2.1" }), "pass")
})

test("takes of an included record only its pass", async () => {
  const included = (record: string): Table => ({ "b.example": { txt: [`v=spf1 ${record}`] } })
  assert.equal(await resultOf("include:b.example -all", included("+all")), "pass")
  assert.equal(await resultOf("include:b.example ?all", included("-all")), "neutral")
  assert.equal(await resultOf("include:b.example -all", {}), "permerror")
  assert.equal(await resultOf("include:b.example +all", included("wrong:x")), "permerror")
  assert.equal(await resultOf("include:b.example +all", { "b.example": { fails: "timeout" } }), "temperror")
})

test("follows a redirect only when nothing matched, and takes its result whole", async () => {
  const target: Table = { "b.example": { txt: ["v=spf1 -all"] } }
  assert.equal(await resultOf("redirect=b.example", target), "fail")
  assert.equal(await resultOf("redirect=b.example ip4:192.0.2.1", target), "pass")
  assert.equal(await resultOf("redirect=c.example", target), "permerror")
})

test("expands macros as the examples of RFC 7208 §7.4 do", async () => {
  const examples: readonly [string, string, string][] = [
    ["%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "3.2.0.192.in-addr._spf.example.com"],
    ["%{lr-}.lp._spf.%{d2}", "192.0.2.3", "bad.strong.lp._spf.example.com"],
    ["%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"],
    ["%{d2}.trusted-domains.example.net", "192.0.2.3", "example.com.trusted-domains.example.net"],
    [
      "%{ir}.%{v}._spf.%{d2}",
      "2001:db8::cb01",
      "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com",
    ],
  ]
  for (const [macro, ip, name] of examples) {
    const table: Table = {
      "email.example.com": { txt: [`v=spf1 exists:${macro} -all`] },
      [name]: { a: ["127.0.0.2"] },
    }
    assert.equal((await ask(table, { ip, sender: "strong-bad@email.example.com" })).result, "pass", macro)
  }
})

test("validates names for ptr and %{p}", async () => {
  const names: Table = {
    "192.0.2.1": { ptr: ["evil.example", "mail.a.example"] },
    "mail.a.example": { a: ["192.0.2.1"] },
  }
  assert.equal(await resultOf("ptr -all", names), "pass")
  assert.equal(
    await resultOf("ptr:evil.example -all", { ...names, "evil.example": { a: ["203.0.113.1"] } }),
    "fail",
  )
  assert.equal(
    await resultOf("exists:%{p}.x.example -all", {
      ...names,
      "mail.a.example.x.example": { a: ["127.0.0.2"] },
    }),
    "pass",
  )
  assert.equal(await resultOf("ptr -all", { "192.0.2.1": { fails: "timeout" } }), "fail")
})

test("stops at ten terms that ask the DNS, across includes (RFC 7208 §4.6.4)", async () => {
  const there: Table = { "h.example": { a: ["203.0.113.1"] } }
  assert.equal(await resultOf(`${"a:h.example ".repeat(10)}-all`, there), "fail")
  assert.equal(await resultOf(`${"a:h.example ".repeat(11)}-all`, there), "permerror")
  const loop: Table = { "a.example": { txt: ["v=spf1 include:a.example -all"] } }
  assert.equal((await ask(loop)).result, "permerror")
})

test("stops at the third question without an answer", async () => {
  assert.equal(await resultOf("a:x.example a:y.example -all"), "fail")
  assert.equal(await resultOf("a:x.example a:y.example a:z.example -all"), "permerror")
})

test("stops at more than ten mail exchangers", async () => {
  const mx = Array.from({ length: 11 }, (_, at) => ({ preference: at, exchange: `m${at}.example` }))
  assert.equal(await resultOf("mx -all", { "a.example": { txt: ["v=spf1 mx -all"], mx } }), "permerror")
})

test("tells no record, several records and a silent DNS apart", async () => {
  assert.equal((await ask({})).result, "none")
  assert.equal((await ask({ "a.example": { txt: ["v=spf10 -all", "hello"] } })).result, "none")
  assert.equal((await ask({ "a.example": { txt: ["v=spf1 -all", "v=spf1 +all"] } })).result, "permerror")
  assert.equal((await ask({ "a.example": { fails: "servfail" } })).result, "temperror")
  assert.equal(await resultOf("a:b.example +all", { "b.example": { fails: "timeout" } }), "temperror")
})

test("has nothing to ask for names that are no domains", async () => {
  for (const sender of [
    "joe@localhost",
    "joe@a..example",
    `joe@${"x".repeat(64)}.example`,
    "joe@[192.0.2.1]",
  ]) {
    assert.equal((await ask({}, { sender })).result, "none", sender)
  }
})

test("gives reasons in printable ASCII, whatever octets the names of a record lead to", async () => {
  const hostile = "\x1b[2j\x07\u0085\u009b.b.example"
  const table: Table = {
    "a.example": { txt: ["v=spf1 mx -all"], mx: [{ preference: 1, exchange: hostile }] },
    [hostile]: { fails: "timeout" },
  }
  for (const outcome of [
    await ask(table),
    await ask(spf("exists:%{h}.example", { [`${hostile}.example`]: { fails: "timeout" } }), {
      helo: hostile,
    }),
    await ask({}, { sender: `joe@${hostile}` }),
  ]) {
    assert.match(outcome.reason, /^[\x20-\x7e]+$/)
    assert.match(outcome.reason, /\[2j/)
  }
})

test("expands no macro string beyond 4 KB", async () => {
  const sender = `${"j".repeat(64)}@a.example`
  const expanding = (count: number) => ask(spf(`exists:${"%{S}".repeat(count)}.b.example -all`), { sender })
  assert.equal((await expanding(50)).result, "fail")
  const { result, reason } = await expanding(4000)
  assert.deepEqual(
    [result, reason],
    ["permerror", "The SPF record of a.example expands to more than 4096 characters."],
  )
  const told = await ask(
    { ...spf("-all exp=x.example"), "x.example": { txt: ["%{S}".repeat(4000)] } },
    { sender, explain: true },
  )
  assert.deepEqual([told.result, told.explanation], ["fail", undefined])
})

test("asks about postmaster at the HELO name when the reverse-path is empty", async () => {
  const table: Table = {
    "mail.a.example": { txt: ["v=spf1 exists:%{l}.%{o}.x.example -all"] },
    "postmaster.mail.a.example.x.example": { a: ["127.0.0.2"] },
  }
  assert.equal((await ask(table, { sender: "" })).result, "pass")
})

test("gives some result for any record, and asks no more than it may", async () => {
  const term = fc.constantFrom(
    "a",
    "mx",
    "ptr",
    "all",
    "-",
    "~",
    ":",
    "/",
    "24",
    "include:a.example",
    "exists:",
    "%{",
    "d",
    "}",
    "%{ir}",
    " ",
    "=",
    "redirect=a.example",
    "ip4:192.0.2.0",
    "x.example",
    "é",
  )
  await fc.assert(
    fc.asyncProperty(fc.array(term, { maxLength: 25 }), async terms => {
      let asked = 0
      const base = createTableResolver(spf(terms.join(""), { "x.example": { a: ["192.0.2.1"] } }))
      const count =
        <T>(ask: (name: string) => T) =>
        (name: string) => {
          asked += 1
          return ask(name)
        }
      const resolver = namingAlike({
        txt: count(base.txt),
        a: count(base.a),
        aaaa: count(base.aaaa),
        mx: count(base.mx),
        ptr: count(base.ptr),
      })
      const sender = "joe@a.example"
      const { result } = await checkHost({
        ip: "192.0.2.1",
        sender,
        helo: "x",
        domain: "a.example",
        now: 0,
        resolver,
      })
      assert.ok(["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"].includes(result))
      assert.ok(asked <= 130, `${asked} questions`)
    }),
    { numRuns: 1000 },
  )
})

test("reads the domain's explanation of a fail only when it is asked for", async () => {
  const table = spf("-all exp=why.a.example", {
    "why.a.example": { txt: ["%{i} may not write as %{s} to %{r}, see %{t}"] },
  })
  assert.equal((await ask(table)).explanation, undefined)
  assert.equal(
    (await ask(table, { explain: true })).explanation,
    "192.0.2.1 may not write as joe@a.example to mx.example, see 0",
  )
})

/** Each name that was asked for, with what it was said to be made of. */
async function asked(table: Table, question: Question = {}): Promise<readonly string[]> {
  const base = createTableResolver(table)
  const names: string[] = []
  const noting = (parts: ReadonlySet<string>) => {
    const note =
      <T>(ask: (name: string) => Promise<T>) =>
      (name: string) => {
        names.push([name, ...[...parts].sort()].join(" "))
        return ask(name)
      }
    const { txt, a, aaaa, mx, ptr } = base
    return { txt: note(txt), a: note(a), aaaa: note(aaaa), mx: note(mx), ptr: note(ptr) }
  }
  await ask({}, question, { ...noting(new Set()), naming: noting })
  return names
}

for (const [record, names] of [
  ["exists:%{l}.x.example", ["joe.x.example sender-address"]],
  ["exists:%{L1r-}.x.example", ["joe.x.example sender-address"]],
  ["a:%{i}.x.example", ["192.0.2.1.x.example client-address"]],
  ["mx:%{ir}.%{l}.x.example", ["1.2.0.192.joe.x.example client-address sender-address"]],
  ["exists:%{d}.%{h}.%{o}.%{v}.x.example", ["a.example.mail.a.example.a.example.in-addr.x.example"]],
  [
    "redirect=%{l}.b.example",
    [
      "joe.b.example sender-address",
      "joe.b.example sender-address",
      "c.joe.b.example sender-address",
      "c.example",
    ],
  ],
  ["include:%{s}.b.example", ["joe@a.example.b.example sender-address"]],
] as const)
  test(`says of each name that "${record}" asks for what it is made of`, async () => {
    const inner = "v=spf1 a exists:c.%{d} exists:c.example -all"
    const table = spf(record, { "joe.b.example": { txt: [inner] } })
    assert.deepEqual(await asked(table), ["a.example", ...names])
  })

test("the postmaster that an empty reverse-path stands for is nobody's address", async () => {
  const table: Table = { "mail.a.example": { txt: ["v=spf1 exists:%{l}.%{i}.x.example -all"] } }
  assert.deepEqual(await asked(table, { sender: "" }), [
    "mail.a.example",
    "postmaster.192.0.2.1.x.example client-address",
  ])
})

test("an explanation is asked for as what its name is made of", async () => {
  const table = spf("-all exp=%{l}.why.example", { "joe.why.example": { txt: ["no"] } })
  assert.deepEqual(await asked(table, { explain: true }), ["a.example", "joe.why.example sender-address"])
})
