import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { handbookPage } from "./handbook-page.ts"
import { type Configuration, ConfigurationError, loadConfiguration, readConfiguration } from "./index.ts"

const from = { file: "/etc/letterkeep/letterkeep.toml", dataFolder: "/srv/letterkeep/data", environment: {} }
const read = (toml: string): Configuration => readConfiguration(toml, from)

function refusal(toml: string): string {
  try {
    read(toml)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.replaceAll(`${from.file}:`, "")
    throw error
  }
  return "taken"
}

test("gives every setting a default", () => {
  const configuration = read("")
  assert.deepEqual(configuration.listen, {
    http: { host: "127.0.0.1", port: 8080 },
    smtp: { host: "127.0.0.1", port: 2525 },
    submission: { host: "127.0.0.1", port: 2587 },
    submissions: { host: "127.0.0.1", port: 2465 },
    imap: { host: "127.0.0.1", port: 2143 },
    imaps: { host: "127.0.0.1", port: 2993 },
    pop3: { host: "127.0.0.1", port: 2110 },
    pop3s: { host: "127.0.0.1", port: 2995 },
  })
  assert.equal(configuration.tls, undefined)
  assert.deepEqual(configuration.dns, { resolver: [], timeout: 2000 })
  assert.equal(configuration.smtp.maxMessageSize, 50_000_000)
  assert.notEqual(configuration.smtp.hostname, "")
  assert.deepEqual(configuration.store, { lowWater: 1_000_000_000, pool: 10, databaseUrl: undefined })
  assert.equal(configuration.keys.file, "/srv/letterkeep/keys/data/keys.json")
})

test("reads addresses, sizes, durations, lists and paths", () => {
  const configuration = read(`
    [listen]
    http = false
    smtp = "[::1]:0"
    imaps = false
    [dns]
    resolver = ["127.0.0.1:5353", "2001:db8::53"]
    timeout = "500ms"
    [smtp]
    max_message_size = "1.5MiB"
    authentication = false
    proxy_protocol_from = ["10.0.0.0/8", "::1"]
    [tls]
    cert = "chain.pem"
    key = "/run/key.pem"
    [keys]
    file = "../keys.json"
  `)
  assert.equal(configuration.listen.http, false)
  assert.equal(configuration.listen.imaps, false)
  assert.deepEqual(configuration.listen.smtp, { host: "::1", port: 0 })
  assert.deepEqual(configuration.dns.resolver, [
    { host: "127.0.0.1", port: 5353 },
    { host: "2001:db8::53", port: 53 },
  ])
  assert.equal(configuration.dns.timeout, 500)
  assert.equal(configuration.smtp.maxMessageSize, 1.5 * 1024 * 1024)
  assert.equal(configuration.smtp.authentication, false)
  assert.deepEqual(configuration.tls, { cert: "/etc/letterkeep/chain.pem", key: "/run/key.pem" })
  assert.equal(configuration.keys.file, "/etc/keys.json")
})

test("takes one resolver without brackets", () => {
  assert.deepEqual(read('[dns]\nresolver = "127.0.0.1:5353"').dns.resolver, [
    { host: "127.0.0.1", port: 5353 },
  ])
})

test("reads the authority, and takes the host name for what the certificate is for", () => {
  assert.equal(read("").acme, undefined)
  const toml = `
    [smtp]
    hostname = "mail.example.org"
    [acme]
    directory = "https://ca.example/dir"
    agree = true
    eab_key_id = "k1"
    eab_key = "AQID"
    roots = "roots.pem"
  `
  assert.deepEqual(read(toml).acme, {
    directory: "https://ca.example/dir",
    contact: "",
    names: ["mail.example.org"],
    challenge: "http-01",
    http: false,
    tlsAlpn: false,
    dnsHook: undefined,
    roots: "/etc/letterkeep/roots.pem",
    external: { keyId: "k1", macKey: Buffer.from([1, 2, 3]) },
  })
  assert.deepEqual(read(`${toml}\nnames = ["b.example", "A.example", "a.example"]`).acme?.names, [
    "a.example",
    "b.example",
  ])
})

test("says what an authority needs besides its address", () => {
  const acme = (more: string, hostname = "mail.example.org") =>
    refusal(`[smtp]\nhostname = "${hostname}"\n[acme]\ndirectory = "https://ca.example/dir"\n${more}`)
  const agreed = "agree = true\n"
  assert.equal(acme(agreed), "taken")
  assert.match(acme(""), /acme\.agree.*read the authority's terms/)
  assert.match(acme(agreed, "mail"), /acme\.names.*without a dot/)
  const many = JSON.stringify(Array.from({ length: 101 }, (_, no) => `n${no}.example`))
  assert.match(acme(`${agreed}names = ${many}`), /acme\.names.*at most 100 names/)
  const long = JSON.stringify(Array.from({ length: 40 }, (_, no) => `n${no}${"x".repeat(50)}.example`))
  assert.match(acme(`${agreed}names = ${long}`), /acme\.names.*2000 characters/)
  assert.match(acme(`${agreed}challenge = "dns-01"`), /acme\.dns_hook/)
  assert.match(acme(`${agreed}challenge = "tls-alpn-01"`), /acme\.tls_alpn/)
  assert.match(acme(`${agreed}contact = "admin"`), /acme\.contact/)
  assert.match(acme(`${agreed}eab_key = "AQID"`), /acme\.eab_key.*go together/)
  assert.match(acme(`${agreed}[tls]\ncert = "a"\nkey = "b"`), /acme\.directory.*certificate of your own/)
  for (const wrong of ["http://ca.example/dir", "ca.example", "https://me:pass@ca.example/"])
    assert.match(refusal(`[acme]\ndirectory = "${wrong}"`), /begins with https/)
})

test("reads the servers that mail goes through", () => {
  const { sending } = read(
    [
      "[sending]",
      'smart_host = "SMTP.example.org:587"',
      'smart_host_user = "us"',
      'smart_host_password_file = "secret"',
      'transports = ["Example.org=[2001:db8::1]:25", "b.example=192.0.2.1:2525"]',
      'from_ipv6 = "2001:db8::5"',
    ].join("\n"),
  )
  assert.deepEqual(sending.smartHost, { host: "smtp.example.org", port: 587 })
  assert.deepEqual(sending.signIn, { user: "us", passwordFile: "/etc/letterkeep/secret", isBound: true })
  const unbound = ['smart_host = "a.test:25"', 'smart_host_user = "us"', 'smart_host_password_file = "x"']
  assert.equal(
    read(["[sending]", ...unbound, "smart_host_binding = false"].join("\n")).sending.signIn?.isBound,
    false,
  )
  assert.deepEqual(sending.transports, [
    { domain: "example.org", host: "2001:db8::1", port: 25 },
    { domain: "b.example", host: "192.0.2.1", port: 2525 },
  ])
  assert.deepEqual([sending.fromIpv4, sending.fromIpv6], [false, "2001:db8::5"])
  const none = read("").sending
  assert.deepEqual([none.smartHost, none.signIn, none.transports], [false, undefined, []])
  const wrong = [
    'smart_host = "smtp.example.org"',
    'smart_host = "192.0.2.300:25"',
    'smart_host = "smtp.example.org:0"',
    'smart_host_user = "us"',
    'smart_host_user = "us"\nsmart_host_password_file = "secret"',
    'smart_host = "a.example:25"\nsmart_host_user = "us"',
    'transports = ["example.org"]',
    'transports = ["a b=c.example:25"]',
    'transports = ["a.example=b.example:25", "A.example=c.example:25"]',
    'from_ipv4 = "2001:db8::5"',
  ]
  for (const toml of wrong) assert.notEqual(refusal(`[sending]\n${toml}`), "taken", toml)
})

test("lets DATABASE_URL go before the file", () => {
  const environment = { DATABASE_URL: "postgres://env" }
  const toml = '[store]\ndatabase_url = "postgres://file"'
  assert.equal(readConfiguration(toml, { ...from, environment }).store.databaseUrl, "postgres://env")
  assert.equal(read(toml).store.databaseUrl, "postgres://file")
})

test("refuses a key that does not exist and names the nearest, with its line", () => {
  assert.equal(
    refusal('[smtp]\n\nmax_message_sise = "1MB"'),
    "3: smtp.max_message_sise: there is no such setting: did you mean max_message_size?",
  )
  assert.equal(refusal("[stmp]"), "1: stmp: there is no such table: did you mean smtp?")
  assert.equal(
    refusal("dns.resolvers = []"),
    "1: dns.resolvers: there is no such setting: did you mean resolver?",
  )
  assert.equal(
    refusal("[tls]\nconstructor = 1"),
    "2: tls.constructor: there is no such setting; there are cert, key",
  )
})

test("says what to write where a value does not fit, for every problem at once", () => {
  assert.equal(
    refusal('[listen]\nsmtp = "2525"\n[store]\nlow_water = 5\npool = 1'),
    [
      '2: listen.smtp: write an IP address and a port in quotes, like "127.0.0.1:2525" or "[::1]:0" (0 takes any free port), or false to close the door',
      '4: store.low_water: write a size in quotes, like "256MB"',
      "5: store.pool: write a whole number from 2 to 500, without quotes",
    ].join("\n"),
  )
})

test("refuses values that are nearly right", () => {
  const wrong = [
    '[listen]\nsmtp = "127.0.0.1:65536"',
    '[listen]\nsmtp = "::1:25"',
    '[listen]\nsmtp = "[127.0.0.1]:25"',
    "[listen]\nsmtp = true",
    '[dns]\ntimeout = "2"',
    '[dns]\ntimeout = "0.0001ms"',
    '[dns]\nresolver = "dns.example.org"',
    '[dns]\nresolver = "127.0.0.1:0"',
    '[smtp]\nproxy_protocol_from = ["10.0.0.0/33"]',
    '[smtp]\nhostname = "mail example"',
    '[smtp]\nmax_message_size = "-1MB"',
    '[log]\nlevel = "loud"',
    '[tls]\ncert = "only.pem"',
    "smtp = 5",
    "[[smtp]]",
    "[smtp",
    '[operator]\nname = "a\\u0000b"',
  ]
  for (const toml of wrong) assert.notEqual(refusal(toml), "taken", toml)
})

test("names the line where the file is no TOML", () => {
  assert.match(refusal('[smtp]\nhostname = "a'), /^2: is not TOML here/)
})

test("reads the file that is named, then the data folder's, then defaults; a missing named file is an error", () => {
  const folder = mkdtempSync(join(tmpdir(), "letterkeep-configuration-"))
  try {
    assert.equal(loadConfiguration(undefined, folder, {}).store.pool, 10)
    writeFileSync(join(folder, "letterkeep.toml"), "[store]\npool = 11\n")
    assert.equal(loadConfiguration(undefined, folder, {}).store.pool, 11)
    writeFileSync(join(folder, "other.toml"), "[store]\npool = 12\n")
    assert.equal(loadConfiguration(join(folder, "other.toml"), folder, {}).store.pool, 12)
    assert.throws(
      () => loadConfiguration(join(folder, "none.toml"), folder, {}),
      /none\.toml: cannot be read/,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("docs/configuration.md is what the table of settings says (write it with node scripts/write-configuration-page.ts)", () => {
  const page = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8")
  assert.equal(page, handbookPage())
})
