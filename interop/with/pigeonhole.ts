import assert from "node:assert/strict"
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { checkScript } from "@letterkeep/sieve"
import { runSuite } from "../sieve/run-suite.ts"
import { unknownIn } from "../sieve/suite-language.ts"

/**
 * Pigeonhole, Dovecot's Sieve, comes with a collection of tests that are written in Sieve themselves. It is no package:
 * PIGEONHOLE_TESTS names the folder `tests` of its sources. Without it these tests are skipped, in CI too.
 */
const folder = process.env.PIGEONHOLE_TESTS

/** Scripts about which the two do not agree, with the reason of ours. */
const otherVerdicts: ReadonlyMap<string, string> = new Map([
  ["execute/errors/fileinto-bad-utf8.sieve", "octets that are not UTF-8 are a fault of the script"],
  ["extensions/special-use/errors/specialuse_exists-bad-utf8.sieve", "the same"],
  ["extensions/mailbox/errors/mailboxexists-bad-utf8.sieve", "the same"],
])

/** Tests that are not passed, by file and name or by file alone, each with its reason. */
const departures: ReadonlyMap<string, string> = new Map([
  ["comparators/i-unicode-casemap.svtest", "this comparator is not built"],
  ["testsuite.svtest: Envelope Environment", "an envelope has no part `auth` here"],
  ["extensions/body/text.svtest: Double Slash", "a part whose type is odd is text, if it begins like text"],
  ["extensions/body/text.svtest: Nested Search", "a part whose encoding is unknown is read as it is"],
  [
    "extensions/envelope.svtest: Envelope - syntax errors",
    "an envelope's addresses have been read by the SMTP door",
  ],
  ["extensions/envelope.svtest: Envelope - source route", "the same"],
  ["extensions/envelope.svtest: Envelope - source route errors", "the same"],
  ["extensions/envelope.svtest: Envelope - local part only", "the same"],
  ["extensions/variables/limits.svtest: Variable size limit UTF-8", "variables hold more here"],
  ["extensions/variables/limits.svtest: :quotewildcard variable size limit", "the same"],
])

if (folder === undefined) test("Pigeonhole's tests", { skip: "skipped: PIGEONHOLE_TESTS names no folder" })
else {
  test("tells Pigeonhole's valid and invalid scripts apart", t => {
    const wrong: string[] = []
    let count = 0
    for (const [file, isValid] of verdicts(folder)) {
      if (otherVerdicts.has(file)) continue
      count += 1
      const taken = checkScript(readFileSync(join(folder, file), "utf8")).kind === "script"
      if (taken !== isValid) wrong.push(`${file} should ${isValid ? "" : "not "}be taken`)
    }
    t.diagnostic(`${count} scripts`)
    assert.deepEqual(wrong, [])
    assert.ok(count > 20)
  })

  test("passes Pigeonhole's tests, as far as they need no mail store", async t => {
    const failed: string[] = []
    const count = { passed: 0, failed: 0, "not-run": 0 }
    for (const file of globSync("**/*.svtest*", { cwd: folder }).sort())
      for (const result of await runSuite(join(folder, file))) {
        const id = `${file}: ${result.name}`
        if (departures.has(id) || departures.has(file)) continue
        count[result.kind] += 1
        if (result.kind === "failed") failed.push(`${id}: ${result.why}`)
      }
    t.diagnostic(`${count.passed} passed, ${count["not-run"]} need what there is not`)
    assert.deepEqual(failed, [])
    assert.ok(count.passed > 250)
  })
}

/**
 * What the tests expect of each script that requires nothing unknown: one that they expect to compile stands behind
 * "if not test_script_compile", the others behind "if test_script_compile".
 */
function verdicts(tests: string): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>()
  for (const file of globSync("**/*.svtest", { cwd: tests }).sort())
    for (const match of readFileSync(join(tests, file), "utf8").matchAll(
      /if\s+(not\s+)?test_script_compile\s+"([^"]+)"/g,
    )) {
      const script = join(dirname(file), match[2] ?? "")
      if (
        existsSync(join(tests, script)) &&
        unknownIn(readFileSync(join(tests, script), "utf8")) === undefined
      )
        found.set(script, match[1] !== undefined)
    }
  return found
}
