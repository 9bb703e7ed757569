import assert from "node:assert/strict"
import { test } from "node:test"
import { testPrivacy } from "../../../privacy/test-privacy.ts"
import { createBoundedServer } from "../bounded-server.ts"
import type { MailServer } from "./mail-programs.ts"
import { serveMailPrograms } from "./routes.ts"

const servers: readonly MailServer[] = [
  { protocol: "imap", port: 993, tls: "from-the-start" },
  { protocol: "imap", port: 143, tls: "starttls" },
  { protocol: "pop3", port: 995, tls: "from-the-start" },
  { protocol: "smtp", port: 465, tls: "from-the-start" },
  { protocol: "smtp", port: 587, tls: "starttls" },
]

async function open(open: readonly MailServer[] = servers) {
  const asked: string[] = []
  const clock = { at: 0, now: () => clock.at }
  const http = createBoundedServer()
  await serveMailPrograms(http, {
    programs: {
      hostname: "mail.example.org",
      servers: open,
      async isOurs(domain) {
        asked.push(domain)
        return domain === "example.org" || domain === "xn--bcher-kva.example"
      },
    },
    privacy: testPrivacy,
    clock,
  })
  const get = (url: string, host = "autoconfig.example.org") => http.inject({ url, headers: { host } })
  const post = (payload: string, type = "text/xml", url = "/autodiscover/autodiscover.xml") =>
    http.inject({ method: "POST", url, payload, headers: { "content-type": type } })
  return { asked, clock, get, post }
}

const config = "/mail/config-v1.1.xml?emailaddress="
const profile = "/apple.mobileconfig?email="
const question = (address: string, schema = "outlook/requestschema/2006") =>
  `<?xml version="1.0" encoding="utf-8"?>\r\n<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/${schema}">` +
  `<Request><EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>x</AcceptableResponseSchema></Request></Autodiscover>`

test("tells Thunderbird where to read and to send, the first choice first, in one form for all of a domain", async () => {
  const { get } = await open()
  const anna = await get(`${config}anna%40example.org`)
  assert.equal(anna.statusCode, 200)
  assert.equal(anna.headers["content-type"], "text/xml; charset=utf-8")
  assert.equal(
    anna.body,
    `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
<emailProvider id="example.org">
<domain>example.org</domain>
<displayName>example.org</displayName>
<displayShortName>example.org</displayShortName>
${serverText("incoming", "imap", 993, "SSL")}
${serverText("incoming", "imap", 143, "STARTTLS")}
${serverText("incoming", "pop3", 995, "SSL")}
${serverText("outgoing", "smtp", 465, "SSL")}
${serverText("outgoing", "smtp", 587, "STARTTLS")}
</emailProvider>
</clientConfig>
`,
  )
  assert.equal((await get(`${config}nobody%40example.org`)).body, anna.body)
  assert.equal((await get("/mail/config-v1.1.xml")).body, anna.body)
  const wellKnown = await get("/.well-known/autoconfig/mail/config-v1.1.xml", "example.org")
  assert.equal(wellKnown.body, anna.body)
})

function serverText(way: string, type: string, port: number, socket: string): string {
  return `<${way}Server type="${type}">
<hostname>mail.example.org</hostname>
<port>${port}</port>
<socketType>${socket}</socketType>
<authentication>password-cleartext</authentication>
<username>%EMAILADDRESS%</username>
</${way}Server>`
}

test("tells Outlook each server and the whole address to sign in with, asked in either spelling", async () => {
  const { post } = await open()
  for (const url of ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"]) {
    const answer = await post(question("o&apos;neil&amp;co@Example.org"), "text/xml; charset=utf-8", url)
    assert.equal(answer.statusCode, 200)
    const protocols = [...answer.body.matchAll(/<Protocol>\n(.*?)\n<\/Protocol>/gs)].map(([, text]) => text)
    assert.equal(protocols.length, 5)
    assert.equal(
      protocols[3],
      [
        "<Type>SMTP</Type>",
        "<Server>mail.example.org</Server>",
        "<Port>465</Port>",
        "<LoginName>o&apos;neil&amp;co@Example.org</LoginName>",
        "<DomainRequired>off</DomainRequired>",
        "<SPA>off</SPA>",
        "<SSL>on</SSL>",
        "<Encryption>SSL</Encryption>",
        "<AuthRequired>on</AuthRequired>",
        "<UsePOPAuth>on</UsePOPAuth>",
      ].join("\n"),
    )
    assert.match(protocols[4] ?? "", /<Port>587<\/Port>.*<Encryption>TLS<\/Encryption>/s)
  }
})

test("gives Apple's devices a profile, the same again for the same address", async () => {
  const { get } = await open()
  const first = await get(`${profile}anna%40example.org`)
  assert.equal(first.statusCode, 200)
  assert.equal(first.headers["content-type"], "application/x-apple-aspen-config")
  assert.match(String(first.headers["content-disposition"]), /^attachment; filename="mail\.mobileconfig"$/)
  for (const [key, value] of [
    ["EmailAccountType", "<string>EmailTypeIMAP</string>"],
    ["EmailAddress", "<string>anna@example.org</string>"],
    ["IncomingMailServerHostName", "<string>mail.example.org</string>"],
    ["IncomingMailServerPortNumber", "<integer>993</integer>"],
    ["OutgoingMailServerPortNumber", "<integer>465</integer>"],
    ["OutgoingMailServerUsername", "<string>anna@example.org</string>"],
    ["OutgoingMailServerUseSSL", "<true/>"],
  ])
    assert.ok(first.body.includes(`<key>${key}</key>\n${value}\n`), key)
  const uuids = (body: string) => body.match(/<string>[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}<\/string>/g)
  assert.equal(new Set(uuids(first.body)).size, 2)
  assert.equal((await get(`${profile}anna%40example.org`)).body, first.body)
  assert.notDeepEqual(uuids((await get(`${profile}bert%40example.org`)).body), uuids(first.body))
})

test("tells of nothing that is not open", async () => {
  const { get, post } = await open([{ protocol: "pop3", port: 110, tls: "starttls" }])
  assert.doesNotMatch((await get(`${config}a%40example.org`)).body, /imap|smtp/)
  assert.equal((await post(question("a@example.org"))).body.match(/<Protocol>/g)?.length, 1)
  assert.equal((await get(`${profile}a%40example.org`)).statusCode, 404)
  const both = await open(servers.slice(2))
  assert.match((await both.get(`${profile}a%40example.org`)).body, /EmailTypePOP/)
})

test("says nothing for domains of others, to all alike", async () => {
  const { get, post, asked } = await open()
  for (const answer of [
    await get(`${config}anna%40far.example`),
    await get("/mail/config-v1.1.xml", "autoconfig.far.example"),
    await get(`${profile}anna%40far.example`),
    await post(question("anna@far.example")),
  ])
    assert.deepEqual([answer.statusCode, answer.json()], [404, { kind: "not-found" }])
  assert.deepEqual(new Set(asked), new Set(["far.example"]))
})

test("asks about a domain in its A-labels", async () => {
  const { get, asked } = await open()
  assert.equal((await get(`${config}${encodeURIComponent("jörg@Bücher.example")}`)).statusCode, 200)
  assert.deepEqual(asked, ["xn--bcher-kva.example"])
})

test("refuses what is no address before it looks at the domain", async () => {
  const { get, post, asked } = await open()
  const bad = [
    ...'|@|a|a@|@example.org|a@b@example.org|a b@example.org|a<b@example.org|a"b@example.org|a@example'.split(
      "|",
    ),
    ..."a@exa mple.org|a@example.org/x|a@[192.0.2.1]|a@192.0.2.1|a\r\nb@example.org|a\u0000b@example.org".split(
      "|",
    ),
    ..."a\u2028b@example.org|a\ufffeb@example.org|a@example..org".split("|"),
    `${"x".repeat(65)}@example.org`,
    `a@${"x.".repeat(200)}org`,
  ]
  for (const address of bad) {
    for (const path of [config, profile]) {
      const answer = await get(path + encodeURIComponent(address))
      assert.deepEqual([answer.statusCode, answer.json()], [400, { kind: "malformed" }], `${path}${address}`)
    }
  }
  assert.equal((await get(`${config}a%40example.org&emailaddress=b%40example.org`)).statusCode, 400)
  assert.equal((await get("/apple.mobileconfig")).statusCode, 400)
  for (const body of [
    "",
    "x",
    question(""),
    question("a@example.org</EMailAddress><EMailAddress>b@example.org"),
    question("<b>a@example.org</b>"),
    question("&x;a@example.org"),
    question("&#97;@example.org"),
    question("a&lt;b@example.org"),
    question("a@example.org").replace("</EMailAddress>", ""),
    question("a@example.org", "mobilesync/requestschema/2006"),
  ])
    assert.equal((await post(body)).statusCode, 400, body)
  assert.equal((await post(question("a@example.org") + " ".repeat(4_096))).statusCode, 413)
  assert.equal((await post(question("a@example.org"), "application/octet-stream")).statusCode, 415)
  assert.deepEqual(asked, [])
})

test("puts off who asks too often, without asking whose domain it is", async () => {
  const { get, asked, clock } = await open()
  const codes: number[] = []
  for (let n = 0; n < 205; n += 1) codes.push((await get(`${config}a%40example.org`)).statusCode)
  assert.deepEqual([codes[199], codes[200]], [200, 503])
  assert.equal(asked.length, 200)
  clock.at += 1_000
  assert.equal((await get(`${config}a%40example.org`)).statusCode, 200)
})
