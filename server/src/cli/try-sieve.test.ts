import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { trySieve } from "./try-sieve.ts"
import { UsageError } from "./usage-error.ts"

const message = [
  "Return-Path: <bounce@shop.example>",
  "From: Shop <shop@shop.example>",
  "To: Bob <bob@mail.example>, carol@mail.example",
  "Subject: Sale",
  "",
  "Cheap",
  "",
].join("\r\n")

function tried(t: TestContext, script: string, given: { bytes?: string; from?: string; to?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "letterkeep-sieve-"))
  t.after(() => rmSync(folder, { recursive: true }))
  const paths = { file: join(folder, "a.sieve"), message: join(folder, "a.eml") }
  writeFileSync(paths.file, script)
  writeFileSync(paths.message, given.bytes ?? message)
  return trySieve({ ...paths, from: given.from, to: given.to, now: Date.UTC(2026, 0, 15, 12) })
}

test("sieve try says what would be done and why, by the addresses of the message itself", async t => {
  const script =
    'require ["fileinto", "envelope"];\nif envelope "from" "bounce@shop.example" {\n  fileinto "Shop";\n}'
  const { fine, text } = await tried(t, script)
  assert.ok(fine)
  assert.equal(
    text,
    [
      "from <bounce@shop.example> to <bob@mail.example>",
      'line 2: envelope "from" "bounce@shop.example": yes (the sender is "bounce@shop.example")',
      'line 3: the message goes into "Shop"',
    ].join("\n"),
  )
})

test("sieve try takes other addresses of the envelope, and says what it does not know", async t => {
  const script = 'require ["mailbox", "duplicate"]; if anyof (mailboxexists "Shop", duplicate) { discard; }'
  const { text, value } = await tried(t, script, { from: "x@y.example", to: "z@mail.example" })
  assert.match(text, /^from <x@y\.example> to <z@mail\.example>\n/)
  assert.match(text, /\nnote: which mailboxes there are is not known here/)
  assert.ok("assumed" in value && Array.isArray(value.assumed))
})

test("sieve try is not fine with a filter that is wrong, or that fails", async t => {
  const wrong = await tried(t, "keep")
  assert.ok(!wrong.fine)
  assert.match(wrong.text, /a\.sieve: line 1, column 5: /)
  const failing = await tried(t, 'require "reject"; keep; reject "no";')
  assert.ok(!failing.fine)
  assert.match(failing.text, /not refused and kept as well: the message is kept, and nothing else is done/)
})

test("sieve try asks whom a message is for that does not say so", async t => {
  const bytes = "From: a@b.example\r\n\r\n"
  await assert.rejects(
    tried(t, "keep;", { bytes }),
    error => error instanceof UsageError && /--to ADDRESS/.test(error.message),
  )
  assert.ok((await tried(t, "keep;", { bytes, to: "b@mail.example" })).fine)
})
