import assert from "node:assert/strict"
import { createHash, createPublicKey } from "node:crypto"
import { test } from "node:test"
import type { DnsTable } from "@letterkeep/dns"
import type { Policy } from "@letterkeep/mta-sts"
import {
  certificateFor,
  selfSignedFor,
  type TestCertificate,
  testAuthority,
} from "../../ports/network/test-certificates.ts"
import type { Tried } from "../contract.ts"
import { brief, farSide, mailTo, openTestHandOver, someTurns, until } from "./open-test-hand-over.ts"

const good = certificateFor(["mx.far.test"])
const other = certificateFor(["other.test"])
const expired = certificateFor(["mx.far.test"], { to: Date.now() - 1000 })
const own = selfSignedFor("mx.far.test")

const tableWith = (more: DnsTable = {}, authentic = false): DnsTable => ({
  "far.test": { mx: [{ preference: 10, exchange: "mx.far.test" }], authentic },
  "mx.far.test": { a: ["127.0.0.1"], authentic },
  ...more,
})

function keyHash({ made }: TestCertificate): Buffer {
  const spki = createPublicKey(made.key).export({ type: "spki", format: "der" })
  return createHash("sha256").update(spki).digest()
}

function daneFor(port: number, certificate: TestCertificate, authentic = true): DnsTable {
  const tlsa = [{ usage: 3, selector: 1, matching: 1, data: keyHash(certificate) }]
  return { [`_${port}._tcp.mx.far.test`]: { tlsa, authentic } }
}

const policyOf = (mode: Policy["mode"], mx = ["mx.far.test"]) => ({
  of: async () => ({ policy: { mode, mx, maxAge: 86_400 }, lines: [`mode: ${mode}`] }),
})

/** How it went, by what TLS, and what a report hears. */
function told(tried: Tried | undefined, seen: { outcome: { kind: string; result?: string } }[]): string {
  const by = tried?.by === undefined ? "" : ` over ${tried.by.tls} by ${tried.by.verified}`
  return `${brief(tried)}${by}: ${seen.map(({ outcome }) => outcome.result ?? outcome.kind).join()}`
}

interface Case {
  readonly name: string
  readonly shows: TestCertificate | undefined
  readonly dane?: TestCertificate
  readonly unsigned?: boolean
  readonly sts?: Policy["mode"]
  readonly stsMx?: string[]
  readonly requireTls?: boolean
  readonly expected: string
}

const taken = "handed-over 250 over TLSv1.3 by"
const cases: readonly Case[] = [
  {
    name: "no TLS and no policy",
    shows: undefined,
    expected: "handed-over 250 over undefined by undefined: starttls-not-supported",
  },
  { name: "a good certificate and no policy", shows: good, expected: `${taken} name: successful` },
  {
    name: "a certificate of nobody known and no policy",
    shows: own,
    expected: `${taken} undefined: successful`,
  },
  {
    name: "an expired certificate and no policy",
    shows: expired,
    expected: `${taken} undefined: successful`,
  },
  { name: "DANE and the key it names", shows: own, dane: own, expected: `${taken} dane: successful` },
  {
    name: "DANE and another key, however good the certificate",
    shows: good,
    dane: own,
    expected: "not-now unverified over TLSv1.3 by undefined: validation-failure",
  },
  {
    name: "DANE and no TLS",
    shows: undefined,
    dane: own,
    expected: "not-now no-tls over undefined by undefined: starttls-not-supported",
  },
  {
    name: "TLSA records that were not validated",
    shows: good,
    dane: own,
    unsigned: true,
    expected: `${taken} name: successful`,
  },
  {
    name: "DANE that fits and a policy that does not",
    shows: own,
    dane: own,
    sts: "enforce",
    expected: `${taken} dane: successful`,
  },
  {
    name: "DANE that does not fit and a policy that does",
    shows: good,
    dane: own,
    sts: "enforce",
    expected: "not-now unverified over TLSv1.3 by undefined: validation-failure",
  },
  {
    name: "enforce and a good certificate",
    shows: good,
    sts: "enforce",
    expected: `${taken} mta-sts: successful`,
  },
  {
    name: "enforce and a certificate of nobody known",
    shows: own,
    sts: "enforce",
    expected: "not-now unverified over TLSv1.3 by undefined: certificate-not-trusted",
  },
  {
    name: "enforce and a certificate of another name",
    shows: other,
    sts: "enforce",
    expected: "not-now unverified over TLSv1.3 by undefined: certificate-host-mismatch",
  },
  {
    name: "enforce and an expired certificate",
    shows: expired,
    sts: "enforce",
    expected: "not-now unverified over TLSv1.3 by undefined: certificate-expired",
  },
  {
    name: "enforce and no TLS",
    shows: undefined,
    sts: "enforce",
    expected: "not-now no-tls over undefined by undefined: starttls-not-supported",
  },
  {
    name: "enforce and a host that the policy does not name",
    shows: good,
    sts: "enforce",
    stsMx: ["*.elsewhere.test"],
    expected: "not-now unverified: validation-failure",
  },
  {
    name: "testing and a certificate of nobody known",
    shows: own,
    sts: "testing",
    expected: `${taken} undefined: certificate-not-trusted`,
  },
  {
    name: "testing and no TLS",
    shows: undefined,
    sts: "testing",
    expected: "handed-over 250 over undefined by undefined: starttls-not-supported",
  },
  {
    name: "testing and a host that the policy does not name",
    shows: good,
    sts: "testing",
    stsMx: ["*.elsewhere.test"],
    expected: `${taken} name: validation-failure`,
  },
  { name: "a policy of none", shows: own, sts: "none", expected: `${taken} undefined: successful` },
  {
    name: "REQUIRETLS and a name that holds, of a host that anybody may have put there",
    shows: good,
    requireTls: true,
    expected: "not-now unverified over TLSv1.3 by undefined: validation-failure",
  },
  {
    name: "REQUIRETLS and DANE",
    shows: own,
    dane: own,
    requireTls: true,
    expected: `${taken} dane: successful`,
  },
  {
    name: "REQUIRETLS and MTA-STS",
    shows: good,
    sts: "enforce",
    requireTls: true,
    expected: `${taken} mta-sts: successful`,
  },
  {
    name: "REQUIRETLS and no TLS",
    shows: undefined,
    requireTls: true,
    expected: "not-now no-tls over undefined by undefined: starttls-not-supported",
  },
]

for (const { name, shows, dane, unsigned = false, sts, stsMx, requireTls = false, expected } of cases)
  test(`${name}: ${expected}`, async t => {
    const offers = ["PIPELINING", "REQUIRETLS"]
    const far = await farSide(t, shows === undefined ? { offers } : { offers, tls: shows.context })
    const records = dane === undefined ? {} : daneFor(far.port, dane, !unsigned)
    const { send, seen } = await openTestHandOver(t, {
      table: tableWith(records, dane !== undefined),
      port: far.port,
      parts: sts === undefined ? {} : { policies: policyOf(sts, stsMx) },
    })
    const [tried] = await send(mailTo("bob@far.test", { requireTls }))
    assert.equal(told(tried, [...seen]), expected)
    assert.equal(far.mails.length, tried?.kind === "handed-over" ? 1 : 0)
    if (tried?.kind === "handed-over") assert.equal(far.mails[0]?.isTls, shows !== undefined)
  })

test("a server that does not pass the demand for TLS on gets no mail that demands it", async t => {
  const far = await farSide(t, { tls: own.context })
  const { send } = await openTestHandOver(t, {
    table: tableWith(daneFor(far.port, own), true),
    port: far.port,
  })
  assert.deepEqual((await send(mailTo("bob@far.test", { requireTls: true }))).map(brief), [
    "never needs-requiretls",
  ])
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
  // Not the same connection: what one needs of TLS, the other does not.
  assert.equal(far.connections, 2)
})

test("goes on to the next host where the first is not what DANE says, or not there", async t => {
  const bad = await farSide(t, { tls: good.context })
  const fine = await farSide(t, {}, { ip: "127.0.0.2", port: bad.port })
  const table: DnsTable = {
    "far.test": {
      mx: [
        { preference: 5, exchange: "gone.far.test" },
        { preference: 10, exchange: "mx.far.test" },
        { preference: 20, exchange: "second.far.test" },
      ],
      authentic: true,
    },
    "gone.far.test": { a: ["127.0.0.3"] },
    "mx.far.test": { a: ["127.0.0.1"], authentic: true },
    "second.far.test": { a: ["127.0.0.2"], authentic: true },
    ...daneFor(bad.port, own),
  }
  const { send, seen } = await openTestHandOver(t, { table, port: bad.port })
  const [tried] = await send(mailTo("bob@far.test"))
  assert.equal(tried?.kind === "handed-over" && tried.by.host, "second.far.test")
  assert.equal(bad.mails.length, 0)
  assert.equal(fine.mails.length, 1)
  assert.deepEqual(seen[0], {
    policy: {
      kind: "tlsa",
      domain: "far.test",
      lines: [`3 1 1 ${keyHash(own).toString("hex")}`],
      hosts: ["mx.far.test"],
    },
    outcome: {
      kind: "failed",
      result: "validation-failure",
      sendingIp: "127.0.0.1",
      host: "mx.far.test",
      receivingIp: "127.0.0.1",
    },
  })
})

test("a host that is an alias is asked for by the name that its records were found under, and is that one or the domain", async t => {
  const spki = (one: TestCertificate["made"]): Buffer =>
    createHash("sha256")
      .update(createPublicKey(one.key).export({ type: "spki", format: "der" }))
      .digest()
  const byAuthority = (data: Buffer) => ({
    tlsa: [{ usage: 2, selector: 1, matching: 1, data }],
    authentic: true,
  })
  for (const [shown, where, expected] of [
    ["mx.provider.test", "mx.provider.test", "handed-over 250"],
    ["far.test", "mx.provider.test", "handed-over 250"],
    ["real.test", "mx.provider.test", "handed-over 250"],
    ["mx.far.test", "mx.provider.test", "not-now unverified"],
    ["mx.far.test", "mx.far.test", "handed-over 250"],
    ["mx.provider.test", "mx.far.test", "not-now unverified"],
  ] as const) {
    const asked: string[] = []
    const { context } = certificateFor([shown])
    const far = await farSide(t, { tls: context, onServerName: name => void asked.push(name) })
    const { send } = await openTestHandOver(t, {
      table: {
        "far.test": { cname: "real.test", authentic: true },
        "real.test": { mx: [{ preference: 10, exchange: "mx.far.test" }], authentic: true },
        "mx.far.test": { cname: "mx.provider.test", authentic: true },
        "mx.provider.test": { a: ["127.0.0.1"], authentic: true },
        [`_${far.port}._tcp.${where}`]: byAuthority(spki(testAuthority)),
      },
      port: far.port,
    })
    assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), [expected], `${shown} at ${where}`)
    assert.deepEqual(asked, [where])
  }
})

test("a smart host must show that it is the one that was named", async t => {
  for (const [shows, expected] of [
    [certificateFor(["smart.test"]), "handed-over 250 over TLSv1.3 by name: successful"],
    [own, "not-now unverified over TLSv1.3 by undefined: certificate-not-trusted"],
    [undefined, "not-now no-tls over undefined by undefined: starttls-not-supported"],
  ] as const) {
    const far = await farSide(t, shows === undefined ? {} : { tls: shows.context })
    const { send, seen, released } = await openTestHandOver(t, {
      table: { "smart.test": { a: ["127.0.0.1"] } },
      port: 25,
      parts: { routes: { smartHost: { host: "smart.test", port: far.port }, transports: new Map() } },
    })
    const [tried] = await send(mailTo("bob@any.test"))
    assert.equal(told(tried, [...seen]), expected)
    assert.equal(released.has("mail-exchanger"), false)
  }
})

test("never goes on without TLS where something asks for it, be it that a handshake fails", async t => {
  for (const ask of ["dane", "sts", "requireTls"]) {
    // It says 220, and then nothing that is TLS.
    const far = await farSide(t, { offers: ["STARTTLS", "REQUIRETLS"] })
    const { send, pass, seen } = await openTestHandOver(t, {
      table: tableWith(ask === "dane" ? daneFor(far.port, own) : {}, ask === "dane"),
      port: far.port,
      parts: ask === "sts" ? { policies: policyOf("enforce") } : {},
    })
    const sending = send(mailTo("bob@far.test", { requireTls: ask === "requireTls" }))
    await until(() => far.lines.includes("STARTTLS"))
    await someTurns()
    pass(60_000)
    const [tried] = await sending
    assert.equal(
      told(tried, [...seen]),
      "not-now no-tls over undefined by undefined: validation-failure",
      ask,
    )
    assert.equal(far.connections, 1)
    assert.equal(far.mails.length, 0)
  }
})
