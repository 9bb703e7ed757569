import assert from "node:assert/strict"
import { test } from "node:test"
import { ArgumentsError, readServeArguments } from "./arguments.ts"

test("serves ./data in all roles where nothing is said", () => {
  const { roles, ...rest } = readServeArguments([])
  assert.deepEqual(rest, { dataFolder: "data", configFile: undefined, readyFile: undefined })
  assert.deepEqual([...roles], ["smtp", "imap", "http", "worker"])
})

test("takes folders, files and roles", () => {
  const read = readServeArguments(
    "--data /srv/mail --config /etc/l.toml --ready-file=/run/ready --roles smtp,smtp,worker".split(" "),
  )
  assert.equal(read.dataFolder, "/srv/mail")
  assert.equal(read.configFile, "/etc/l.toml")
  assert.equal(read.readyFile, "/run/ready")
  assert.deepEqual([...read.roles], ["smtp", "worker"])
})

for (const [line, expected] of [
  ["--roles smtp,sip", /there is no role "sip": choose of smtp, imap, http, worker/],
  ["--roles=", /there is no role ""/],
  ["--port 25", /--port[\s\S]*usage: letterkeep serve/],
  ["--data", /--data[\s\S]*usage:/],
  ["now", /now[\s\S]*usage:/],
] as const)
  test(`refuses "${line}" with what would have been right`, () => {
    assert.throws(
      () => readServeArguments(line.split(" ")),
      error => error instanceof ArgumentsError && expected.test(error.message),
    )
  })
