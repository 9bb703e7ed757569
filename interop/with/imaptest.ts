import assert from "node:assert/strict"
import { mkdir, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { makeMessage } from "../../fixtures/mail/messages.ts"
import { type ImapPeer, testWithPeers } from "../imap-peers.ts"
import { openImapFlow } from "../imapflow.ts"
import { type Ended, runProgram } from "../run-program.ts"

/**
 * Dovecot's imaptest keeps its own account of every mailbox and complains when the server's answers do not fit. It is
 * no package: IMAPTEST names the program, IMAPTEST_TESTS the folder of its scripted tests, IMAPTEST_RAWLOGS a folder
 * that shall keep what went over the wire. Without them these tests are skipped, in CI too.
 */
const program = process.env.IMAPTEST
const scripts = process.env.IMAPTEST_TESTS
const rawLogs = process.env.IMAPTEST_RAWLOGS

const clients = 20
/** Seconds under load; for Dovecot only to see that the test is right. */
const stressSeconds = { Dovecot: 10, Letterkeep: Number(process.env.IMAPTEST_SECONDS ?? 60) }
/**
 * Per cent of the rounds in which a client gives each command; what is not named here has imaptest's own share. It can
 * not put IDLE under load.
 */
const shares = {
  list: 50,
  mcreate: 20,
  mdelete: 20,
  msubs: 20,
  status: 50,
  uidfetch: 50,
  search: 50,
  sort: 30,
  thread: 30,
  noop: 30,
  check: 20,
}

/** Scripts that Letterkeep does not pass, each with its reason in rfcs.md. */
const departures: ReadonlySet<string> = new Set([
  // no message is ever \Recent
  "copy",
  "search-flags",
  "select",
  // TEXT does not look into every header field
  "search-body",
  // BODY[] is the message byte for byte, NUL too
  "append-binary",
  // before sign-in a line is shorter than the longest ID
  "id",
])

if (program === undefined) test("imaptest", { skip: "skipped: IMAPTEST names no program" })
else {
  testWithPeers(`imaptest finds no mistake under the load of ${clients} clients`, (t, peer) =>
    stress(t, peer, program),
  )
  if (scripts === undefined) test("imaptest's scripts", { skip: "skipped: IMAPTEST_TESTS names no folder" })
  else testWithPeers("imaptest's scripted tests pass", (t, peer) => runScripts(t, peer, program, scripts))
}

async function stress(t: TestContext, peer: ImapPeer, imaptest: string): Promise<void> {
  const mbox = join(peer.folder, "messages.mbox")
  await writeFile(mbox, makeMbox())
  // or several clients make it at once, and all but one complain
  const client = await openImapFlow(peer)
  await client.mailboxCreate("Copies")
  await client.logout()
  const wish = Object.entries(shares).map(([name, share]) => `${name}=${share}`)
  const run = [`clients=${clients}`, `secs=${stressSeconds[peer.name]}`, "seed=1", "copybox=Copies"]
  const { code, output } = await runImaptest(peer, imaptest, [`mbox=${mbox}`, ...run, ...wish])
  assert.deepEqual(complaintsOf(output), [])
  assert.equal(code, 0, output.slice(-4000))
  t.diagnostic(output.trimEnd().split("\n").slice(-3).join("\n"))
  // the last line counts what was done, one figure a command
  const counts = output.trimEnd().split("\n").at(-1)?.trim().split(/\s+/).map(Number) ?? []
  assert.ok(counts.length >= 15 && counts.every(count => count > 0), `not all commands ran: ${counts}`)
}

async function runScripts(t: TestContext, peer: ImapPeer, imaptest: string, folder: string): Promise<void> {
  // its code tells how many failed
  const { output } = await runImaptest(peer, imaptest, [`test=${folder}`])
  const summary = /^(\d+) test groups: \d+ failed, (\d+) skipped.*$/m.exec(output)
  assert.ok(summary !== null, output.slice(-3000))
  t.diagnostic(summary[0])
  const files = await readdir(folder, { withFileTypes: true })
  const groups = files.filter(file => file.isFile() && !file.name.includes("."))
  assert.equal(Number(summary[1]), groups.length)
  const failed = [...output.matchAll(/^\*\*\* Test (\S+) command/gm)].map(match => match[1] ?? "")
  const unexpected = failed.filter(name => peer.name === "Dovecot" || !departures.has(name))
  // one script sends a line of 30 KB
  const told = output.replace(/^(.{300}).*$/gm, "$1")
  assert.equal(unexpected.length, 0, `${[...new Set(unexpected)].join(", ")} failed:\n${told.slice(-8000)}`)
  if (peer.name === "Letterkeep")
    assert.deepEqual(
      [...departures].filter(name => !failed.includes(name)),
      [],
      "no departure any more",
    )
}

async function runImaptest(peer: ImapPeer, imaptest: string, args: readonly string[]): Promise<Ended> {
  const where = [`host=${peer.host}`, `port=${peer.imap}`, `user=${peer.user}`, `pass=${peer.password}`]
  // it writes its logs where it runs
  const cwd = rawLogs === undefined ? peer.folder : join(rawLogs, peer.name)
  await mkdir(cwd, { recursive: true })
  const log = rawLogs === undefined ? [] : ["rawlog"]
  const { code, output } = await runProgram(imaptest, [...where, ...args, ...log], { cwd })
  return { code, output: output.replaceAll("\r", "\n") }
}

function complaintsOf(output: string): readonly string[] {
  return output.split("\n").filter(line => /^(Error|Warning|Fatal|Panic|BUG)\b| stalled for /.test(line))
}

/**
 * Each message has a Message-ID of its own: imaptest tells them apart by it. One part each, nothing encoded: what a
 * search of the text must find, imaptest takes from the raw lines.
 */
function makeMbox(): Buffer {
  const shapes = [
    "plain",
    "empty body",
    "eight-bit",
    "trailing spaces",
    "folded and repeated headers",
  ] as const
  const wish = (no: number) => ({ from: "x@far.example", to: "ada@house.example", token: `load${no}x` })
  const messages = Array.from({ length: 100 }, (_, no) =>
    makeMessage(shapes[no % shapes.length] ?? "plain", wish(no), no).bytes.toString("latin1"),
  )
  const letters = messages.map(
    text => `From x@far.example  Fri Feb 22 17:06:23 2008\n${text.replaceAll("\r\n", "\n")}\n`,
  )
  return Buffer.from(letters.join(""), "latin1")
}
