import assert from "node:assert/strict"
import { chownSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { after, before, type TestContext, test } from "node:test"
import { createDkimSigner, type DkimSigner, splitFields } from "@letterkeep/dkim"
import { freePort, listening, runOnce, startDaemon } from "../../fixtures/daemons.ts"
import { startDnsServer, type Zone } from "../../fixtures/dns-server.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { makeKeyPair, recordName, recordText } from "../../server/src/sending/signing/key-record.ts"
import { corpusTo } from "../corpus.ts"
import { runProgram } from "../run-program.ts"
import { needRoot, needTool } from "../tools.ts"

/**
 * What we sign, and what verifiers that others wrote say of it: each shape of message, under both canonical forms, by an
 * RSA and an Ed25519 key with the records that `./letterkeep dns` lists; and the same with an octet of the body changed.
 */
const domain = "far.example"
const forms = ["relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"] as const
const pairs = { rsa: await makeKeyPair("rsa"), ed25519: await makeKeyPair("ed25519") }
const records = Object.values(pairs).map(pair => ({
  name: recordName(domain, `lk${pair.algorithm.charAt(0)}`),
  text: recordText(pair),
}))
const zone: Zone = Object.fromEntries(records.map(({ name, text }) => [name, { TXT: [text] }]))

interface SignedFile {
  readonly what: string
  readonly path: string
  readonly isTampered: boolean
  /**
   * rspamd 3.4 takes vertical tabs and form feeds for blanks when it makes a body's relaxed form, where RFC 6376 §3.4.4
   * has SP and HTAB alone: it refuses such signatures, which OpenDKIM takes.
   */
  readonly isOddToRspamd: boolean
}
let folder: string
let files: readonly SignedFile[]

before(async () => {
  folder = await makeTempFolder()
  const written: SignedFile[] = []
  const corpus = corpusTo("ben@near.example", 4200)
  const calmer = corpus
    .filter(({ bytes }) => hasOddBlanks(bytes))
    .map(({ shape, bytes }) => ({ shape: `${shape} without odd blanks`, bytes: withoutOddBlanks(bytes) }))
  const messages = [...corpus, ...calmer]
  assert.ok(calmer.length > 0)
  for (const form of forms) {
    const signer = signerOf(form)
    for (const { shape, bytes } of messages) {
      const what = `${shape}, ${form}`
      const signed = await sign(signer, bytes)
      const isOddToRspamd = form.endsWith("/relaxed") && hasOddBlanks(bytes)
      written.push(write(what, signed, { isTampered: false, isOddToRspamd }))
      const altered = tamper(signed)
      if (altered !== undefined)
        written.push(write(`${what}, altered`, altered, { isTampered: true, isOddToRspamd: false }))
    }
  }
  files = written
  assert.ok(files.filter(({ isTampered }) => isTampered).length > forms.length)

  function write(
    what: string,
    bytes: Buffer,
    marks: Pick<SignedFile, "isTampered" | "isOddToRspamd">,
  ): SignedFile {
    const path = join(folder, `${written.length}.eml`)
    writeFileSync(path, bytes)
    return { what, path, ...marks }
  }
})
after(() => removeFolder(folder))

function signerOf(form: (typeof forms)[number]): DkimSigner {
  const [headerCanon, bodyCanon] = form.split("/") as ["relaxed" | "simple", "relaxed" | "simple"] // a pair of these
  const keys = Object.values(pairs).map(pair => {
    return { selector: `lk${pair.algorithm.charAt(0)}`, key: pair.privateKey }
  })
  return createDkimSigner({ domain, keys, headerCanon, bodyCanon })
}

async function sign(signer: DkimSigner, message: Buffer): Promise<Buffer> {
  const body = message.indexOf("\r\n\r\n") + 4
  const signing = signer.begin()
  signing.body(message.subarray(body))
  const signed = await signing.sign(splitFields(message.subarray(0, body)), { now: Date.now() })
  assert.equal(signed.kind, "signed")
  return Buffer.concat([Buffer.from(signed.kind === "signed" ? signed.text : "", "latin1"), message])
}

const hasOddBlanks = (bytes: Buffer): boolean => bytes.includes(0x0b) || bytes.includes(0x0c)
const withoutOddBlanks = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.map(octet => (octet === 0x0b || octet === 0x0c ? 0xfe : octet)))

/** The first letter of the body becomes another; undefined for a body without one. */
function tamper(message: Buffer): Buffer | undefined {
  const altered = Buffer.from(message)
  for (let at = altered.indexOf("\r\n\r\n") + 4; at < altered.length; at += 1) {
    const octet = altered[at] ?? 0
    if (octet < 0x61 || octet > 0x79) continue
    altered[at] = octet + 1
    return altered
  }
  return undefined
}

test("OpenDKIM verifies both signatures of every message, and neither of an altered one", async t => {
  const opendkim = needTool(t, "opendkim", "opendkim")
  if (opendkim === undefined) return
  const keys = join(folder, "keys")
  writeFileSync(keys, records.map(({ name, text }) => `${name} ${text}\n`).join(""))
  const configuration = join(folder, "opendkim.conf")
  writeFileSync(configuration, `Mode v\nSyslog no\nTestPublicKeys ${keys}\n`)
  for (const { what, path, isTampered } of files) {
    const { output } = await runProgram(opendkim, ["-x", configuration, "-t", path, "-vv"])
    const said = [...output.matchAll(/dkim=(\w+)[^;]*header\.a=(\S+)/g)].map(
      ([, word, by]) => `${by} ${word}`,
    )
    const word = isTampered ? "fail" : "pass"
    assert.deepEqual(said.sort(), [`ed25519-sha256 ${word}`, `rsa-sha256 ${word}`], `${what}: ${output}`)
  }
})

test("rspamd verifies both signatures of every message, and neither of an altered one", async t => {
  const ask = await startRspamd(t)
  if (ask === undefined) return
  const wrong: string[] = []
  for (const { what, path, isTampered, isOddToRspamd } of files) {
    if (isOddToRspamd) continue
    const answer = await ask(path)
    const kind = isTampered ? "R_DKIM_REJECT" : "R_DKIM_ALLOW"
    const both = `${domain}:s=lke ${domain}:s=lkr`
    if (answer[kind]?.join(" ") !== both) wrong.push(`${what}: ${JSON.stringify(answer)}`)
  }
  assert.deepEqual(wrong, [])
})

/** Asks for the DKIM symbols of a file, with what stands beside each. */
type Ask = (path: string) => Promise<Readonly<Record<string, readonly string[]>>>

async function startRspamd(t: TestContext): Promise<Ask | undefined> {
  const rspamd = needTool(t, "rspamd", "rspamd")
  const rspamc = needTool(t, "rspamc", "rspamd")
  if (rspamd === undefined || rspamc === undefined || !needRoot(t)) return undefined
  const dns = await startDnsServer(zone)
  t.after(() => dns.stop())
  const place = join(folder, "rspamd")
  mkdirSync(place)
  const user = Number(runOnce("/usr/bin/id", ["-u", "_rspamd"]))
  chownSync(place, user, user)
  const port = await freePort()
  const file = join(place, "rspamd.conf")
  writeFileSync(
    file,
    `options {
  filters = "dkim";
  pidfile = "${place}/rspamd.pid";
  control_socket = "${place}/control.sock mode=0600";
  dns { nameserver = ["${dns.address}:10"]; timeout = 1s; retransmits = 5; }
  cache_file = "${place}/symbols.cache";
  tempdir = "${place}";
  hs_cache_dir = "${place}";
}
logging { type = "file"; filename = "${place}/rspamd.log"; level = "info"; }
worker "normal" { bind_socket = "127.0.0.1:${port}"; count = 1; }
dkim { check_local = true; }
actions { reject = 15; }
group "policies" { .include "/etc/rspamd/scores.d/policies_group.conf" }
`,
  )
  const daemon = await startDaemon(
    rspamd,
    ["-f", "-u", "_rspamd", "-g", "_rspamd", "-c", file],
    join(place, "out"),
  )
  t.after(() => daemon.stop())
  await listening({ port })
  return async path => {
    const { output } = await runProgram(rspamc, ["-h", `127.0.0.1:${port}`, "--json", "symbols", path])
    return symbolsOf(JSON.parse(output))
  }
}

function symbolsOf(answer: unknown): Readonly<Record<string, readonly string[]>> {
  const symbols = typeof answer === "object" && answer !== null && "symbols" in answer ? answer.symbols : {}
  const found: Record<string, readonly string[]> = {}
  for (const [name, symbol] of Object.entries(symbols ?? {})) {
    if (!name.startsWith("R_DKIM")) continue
    const options = typeof symbol === "object" && symbol !== null && "options" in symbol ? symbol.options : []
    found[name] = Array.isArray(options) ? options.map(String).sort() : []
  }
  return found
}
