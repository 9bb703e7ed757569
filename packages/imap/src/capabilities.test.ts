import assert from "node:assert/strict"
import { test } from "node:test"
import { type CapabilityMoment, capabilities, capabilityTable } from "./capabilities.ts"

const plain: CapabilityMoment = {
  signedIn: false,
  startTls: true,
  passwords: false,
  scram: false,
  channelBinding: false,
  mayCompress: true,
  appendLimit: 1_000,
}
const secured = { ...plain, startTls: false, passwords: true, scram: true, channelBinding: true }
const inside = { ...secured, signedIn: true }

test("a stranger in plain text is told of TLS, and of no way to show a password", () => {
  const told = capabilities(plain)
  assert.equal(told, "IMAP4rev1 IMAP4rev2 STARTTLS LOGINDISABLED SASL-IR LITERAL- ID ENABLE")
})

test("a stranger over TLS is told of the ways to sign in", () => {
  assert.equal(
    capabilities(secured),
    "IMAP4rev1 IMAP4rev2 AUTH=PLAIN AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS SASL-IR LITERAL- ID ENABLE",
  )
  assert.doesNotMatch(capabilities({ ...secured, channelBinding: false }), /PLUS/)
})

test("who has signed in is told of the rest, and of no way to sign in again", () => {
  const told = capabilities(inside).split(" ")
  assert.ok(told.includes("APPENDLIMIT=1000"))
  assert.ok(told.includes("LITERAL+") && !told.includes("LITERAL-"))
  assert.ok(told.includes("COMPRESS=DEFLATE"))
  assert.ok(!capabilities({ ...inside, mayCompress: false }).includes("COMPRESS"))
  assert.ok(!told.some(name => /^AUTH=|TLS|^LOGIN|^SASL/.test(name)))
})

test("what comes later is announced at no moment", () => {
  const names = capabilityTable.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  for (const later of ["NOTIFY", "METADATA", "UIDONLY", "ACL"]) assert.ok(!names.includes(later))
})
