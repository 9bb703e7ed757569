import assert from "node:assert/strict"
import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto"
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, test } from "node:test"
import { CertificateError, loadCertificate } from "./certificate.ts"
import { systemChance } from "./chance.ts"

const now = Date.UTC(2026, 0, 2)
const day = 24 * 60 * 60 * 1000
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lk-tls-"))
})
afterEach(() => rm(folder, { recursive: true }))

const load = (given?: { certFile: string; keyFile: string }) =>
  loadCertificate({
    given,
    dataFolder: folder,
    names: ["mail.example.org"],
    clock: { now: () => now },
    chance: systemChance,
  })
const made = () => ({
  certFile: join(folder, "tls", "self-signed.pem"),
  keyFile: join(folder, "tls", "self-signed.key"),
})

test("makes one at the first start, for its name and ten years, that only its owner may read", async () => {
  const certificate = await load()
  assert.equal(certificate.selfSigned, true)
  assert.deepEqual(certificate.names, ["mail.example.org"])
  assert.equal(certificate.expiresAt, now - day + 3650 * day)
  assert.equal((await stat(made().keyFile)).mode & 0o777, 0o600)
  const parsed = new X509Certificate(await readFile(made().certFile))
  assert.ok(parsed.verify(parsed.publicKey))
})

test("writes its key into no file that was put there before", async () => {
  const victim = join(folder, "victim")
  await writeFile(victim, "whole")
  await mkdir(join(folder, "tls"))
  await symlink(victim, `${made().keyFile}.new`)
  await load()
  assert.equal(await readFile(victim, "utf8"), "whole")
})

test("keeps it from then on", async () => {
  await load()
  const first = await readFile(made().certFile, "utf8")
  await load()
  assert.equal(await readFile(made().certFile, "utf8"), first)
})

test("takes a given one, and sees that nobody vouches for it", async () => {
  await load()
  assert.equal((await load(made())).selfSigned, true)
})

test("shows its chain, and names its key as others find it in the DNS", async () => {
  await load()
  const { certFile, keyFile } = made()
  const own = new X509Certificate(await readFile(certFile))
  const spki = own.publicKey.export({ type: "spki", format: "der" })
  const above = join(folder, "chain.pem")
  await writeFile(above, `${own.toString()}\n# a note between\n${own.toString()}`)
  const certificate = await load({ certFile: above, keyFile })
  assert.deepEqual(certificate.chain, [own.raw, own.raw])
  assert.equal(certificate.keyHash, createHash("sha256").update(spki).digest("hex"))
})

test("refuses a key of another certificate, a file that is no PEM, and one that is not there", async () => {
  await load()
  const { certFile, keyFile } = made()
  const otherKey = join(folder, "other.key")
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  await writeFile(otherKey, privateKey.export({ type: "pkcs8", format: "pem" }))
  await assert.rejects(load({ certFile, keyFile: otherKey }), /is not the one of the certificate/)
  await writeFile(otherKey, "no key")
  await assert.rejects(load({ certFile, keyFile: otherKey }), /do not hold a certificate and its key in PEM/)
  await assert.rejects(
    load({ certFile: join(folder, "none.pem"), keyFile }),
    error => error instanceof CertificateError && /cannot read .*none\.pem: set \[tls\]/.test(error.message),
  )
})
