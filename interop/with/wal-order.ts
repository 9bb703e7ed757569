import assert from "node:assert/strict"
import { join } from "node:path"
import { test } from "node:test"
import { openHouse } from "../../fixtures/house.ts"
import { familyOf } from "../../fixtures/processes.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"
import { startTracing, type TracedCall } from "../strace.ts"
import { needRoot, needTool } from "../tools.ts"

test("the kernel is told to put the WAL on the disk, and says it did, before the 250 is written", async t => {
  const strace = needTool(t, "strace", "strace")
  if (strace === undefined || !needRoot(t)) return
  const house = await openHouse(["ada"])
  t.after(() => house.close())
  const client = await house.smtp()
  const message = Buffer.from(
    "From: <x@far.example>\r\nSubject: order\r\n\r\nfirst the disk, then the word\r\n",
  )
  const delivery = { from: "x@far.example", to: [house.people.ada.address], message }
  // the first of the day also writes a key: the one that is watched writes itself alone
  const warm = await client.deliver(delivery)
  assert.equal(warm.end?.code, 250, lastAnswer(warm))

  const { server, database } = house.server().pids()
  assert.ok(database !== undefined)
  const pids = [server, ...(await familyOf(database))]
  const tracing = await startTracing(strace, pids, join(house.folder, "strace.log"))
  const answers = await client.deliver(delivery)
  // who answers this has come back from writing the 250, and that is then in the trace
  await client.command("NOOP")
  const calls = await tracing.stop()
  await client.quit()
  assert.equal(answers.end?.code, 250, lastAnswer(answers))

  const word = `"${[250, ...answers.end.lines].join(" ").slice(0, 24)}`
  const dot = calls.find(call => isInput(call) && /(?:"|\\r\\n)\.\\r\\n"/.test(call.arguments))
  assert.ok(dot !== undefined, "the trace has no dot that ends the message")
  const yes = calls.find(call => call.began > dot.ended && isOutput(call) && call.arguments.includes(word))
  assert.ok(yes !== undefined, `the trace has no ${word} after the dot`)
  const written = calls.find(call => call.began > dot.ended && call.name.startsWith("pwrite") && isWal(call))
  assert.ok(written !== undefined, "nothing was written to the WAL after the dot")
  const synced = calls.find(
    call => call.name === "fdatasync" && isWal(call) && call.result === "0" && call.began > written.ended,
  )
  assert.ok(synced !== undefined, "the WAL was not synced after it was written")
  assert.ok(synced.ended < yes.began, "the 250 was written before the WAL was on the disk")
  t.diagnostic(
    `dot read at line ${dot.ended}, WAL written ${written.ended}, synced ${synced.ended}, 250 written ${yes.began}`,
  )
})

function isWal(call: TracedCall): boolean {
  return /^\d+<[^>]*\/pg_wal\/[0-9A-F]{24}>/.test(call.arguments)
}

function isInput(call: TracedCall): boolean {
  return /^(read|readv|recvfrom|recvmsg)$/.test(call.name)
}

function isOutput(call: TracedCall): boolean {
  return /^(write|writev|sendto|sendmsg)$/.test(call.name)
}
