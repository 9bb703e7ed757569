import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import { makeCode, readCode, showCode } from "./readable-code.ts"

const chance = { bytes: (count: number) => randomBytes(count) }

test("reads its own codes, however they are written down", () => {
  for (let round = 0; round < 200; round++) {
    const code = makeCode("recovery", chance)
    assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/)
    const random = code.replaceAll("-", "").slice(0, 26)
    assert.equal(readCode("recovery", code), random)
    assert.equal(showCode("recovery", random), code)
    assert.equal(readCode("recovery", ` ${code.toLowerCase().replaceAll("-", " ")} `), random)
    assert.equal(readCode("recovery", code.replaceAll("0", "o").replaceAll("1", "l")), random)
  }
})

test("finds nearly every slip of one character, and takes no code for the other kind's", () => {
  let missed = 0
  let swapped = 0
  const rounds = 2000
  for (let round = 0; round < rounds; round++) {
    const code = makeCode("recovery", chance)
    const at = round % 4
    const slip = code.slice(0, at) + (code.charAt(at) === "7" ? "8" : "7") + code.slice(at + 1)
    if (readCode("recovery", slip) !== undefined) missed += 1
    if (readCode("app-password", code) !== undefined) swapped += 1
  }
  // Ten check bits: one slip in 1,024 goes unseen.
  assert(missed < 20, `${missed} of ${rounds}`)
  assert(swapped < 20, `${swapped} of ${rounds}`)
})

test("takes nothing else for a code", () => {
  for (const text of [
    "",
    "-",
    "correct horse battery",
    "0".repeat(28),
    "U".repeat(28),
    "é".repeat(28),
    "0".repeat(5000),
  ]) {
    assert.equal(readCode("recovery", text), undefined)
  }
})
