import assert from "node:assert/strict"
import { chmod, mkdir, mkdtemp, rm, statfs, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, test } from "node:test"
import { createTableResolver } from "@letterkeep/dns"
import { examineDataFolder, examineDisk, examineKeyFile, examineLimits } from "./machine.ts"
import { examineCertificate, examineDoor, examineHostname, examineResolver } from "./outside.ts"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lk-doctor-"))
})
afterEach(() => rm(folder, { recursive: true }))

test("finds a disk below its mark wrong, and one that comes near worth a look", async () => {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  assert.equal((await examineDisk(folder, free * 2)).state, "wrong")
  assert.equal((await examineDisk(folder, free / 2)).state, "look")
  assert.equal((await examineDisk(folder, free / 10)).state, "well")
})

test("finds a data folder that others may look into", async () => {
  await chmod(folder, 0o755)
  const finding = await examineDataFolder(folder)
  assert.equal(finding.state, "look")
  assert.match(finding.todo ?? "", /^chmod /)
  await chmod(folder, 0o700)
  assert.equal((await examineDataFolder(folder)).state, "well")
})

test("finds a key file that others may read, and one that lies with the data", async () => {
  const data = join(folder, "data")
  await mkdir(data)
  const apart = join(folder, "data-keys.json")
  await writeFile(apart, "", { mode: 0o600 })
  assert.equal((await examineKeyFile(apart, data)).state, "well")
  await chmod(apart, 0o640)
  assert.equal((await examineKeyFile(apart, data)).state, "wrong")
  const inside = join(data, "keys.json")
  await writeFile(inside, "", { mode: 0o600 })
  assert.match((await examineKeyFile(inside, data)).says, /lies in the data folder/)
})

test("finds more connections allowed than files may be open", async () => {
  assert.equal((await examineLimits(1)).state, "well")
  assert.match((await examineLimits(1e12)).todo ?? "", /LimitNOFILE/)
})

test("finds a DNS that does not answer", async () => {
  const answering = createTableResolver({ "a.root-servers.net": { a: ["198.41.0.4"] } })
  assert.equal((await examineResolver(answering)).state, "well")
  const silent = createTableResolver({ "a.root-servers.net": { fails: "timeout" } })
  assert.equal((await examineResolver(silent)).state, "wrong")
})

test("finds a name that is none, or that the DNS does not know", async () => {
  const resolver = createTableResolver({
    "four.example": { a: ["192.0.2.1"] },
    "six.example": { aaaa: ["2001:db8::1"] },
  })
  const stateOf = async (name: string) => (await examineHostname(name, resolver)).state
  assert.deepEqual(await Promise.all(["four.example", "six.example", "none.example", "vm"].map(stateOf)), [
    "well",
    "well",
    "look",
    "look",
  ])
})

test("finds a certificate that has expired, soon will, or has nobody to vouch for it", () => {
  const day = 86_400_000
  const stateOf = (days: number, selfSigned = false) =>
    examineCertificate({ selfSigned, expiresAt: days * day }, undefined, 0).state
  assert.deepEqual(
    [stateOf(-1), stateOf(20), stateOf(21), stateOf(300, true)],
    ["wrong", "look", "well", "look"],
  )
})

test("says of an authority's certificate what went wrong, and how bad that is by now", () => {
  const day = 86_400_000
  const trouble = { says: "port 80 of mail.example.org does not reach this server", todo: "forward it" }
  const failed = { trouble: { ...trouble, failures: 2, nextTry: day } }
  const examined = (days: number, selfSigned: boolean, authority: Parameters<typeof examineCertificate>[1]) =>
    examineCertificate({ selfSigned, expiresAt: days * day }, authority, 0)
  assert.deepEqual(
    [
      examined(3000, true, failed),
      examined(20, false, failed),
      examined(6, false, failed),
      examined(-1, false, failed),
    ].map(({ state }) => state),
    ["wrong", "look", "wrong", "wrong"],
  )
  const { says, todo } = examined(20, false, failed)
  assert.equal(says, `the certificate, good for 20 more days, is not renewed: ${trouble.says}`)
  assert.equal(todo, "forward it")
  const well = { trouble: undefined }
  assert.deepEqual(
    [examined(3000, true, well), examined(5, false, well), examined(-1, false, well)].map(
      ({ state }) => state,
    ),
    ["look", "well", "wrong"],
  )
})

test("finds a mail door that is closed, or that only this machine can reach", () => {
  const states = [undefined, "127.0.0.1:2525", "[::1]:25", "0.0.0.0:25", "[::]:25", "192.0.2.1:25"].map(
    address => examineDoor(address).state,
  )
  assert.deepEqual(states, ["look", "look", "look", "well", "well", "well"])
})
