import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { makeMessage } from "../../fixtures/mail/messages.ts"
import { type ImapPeer, testWithPeers } from "../imap-peers.ts"
import { openImapFlow, readMailbox } from "../imapflow.ts"
import { runProgram } from "../run-program.ts"
import { needTool } from "../tools.ts"

/** mutt in a terminal of its own, its keys pressed by a script: over TLS with the server's certificate trusted. */
testWithPeers("mutt lists, reads, flags, copies, saves, deletes and sends a draft", async (t, peer) => {
  const client = await openImapFlow(peer)
  const letters = Array.from({ length: 5 }, (_, no) => letter(no))
  for (const message of letters) await client.append("INBOX", message, [])
  const read = join(peer.folder, "read")
  const saved = join(peer.folder, "saved")
  const draft = join(peer.folder, "draft.txt")
  await writeFile(draft, "Dear Bob,\n\nthis waits until tomorrow.\n")
  const ran = await runMutt(t, peer, [
    jump(1),
    "<flag-message>",
    jump(2),
    "<display-message><exit>",
    `<pipe-message>cat >${read}<enter>`,
    jump(3),
    "<copy-message>=Kept<enter>",
    jump(4),
    "<save-message>=Moved<enter>",
    jump(5),
    "<delete-message>",
    "<sync-mailbox>",
    "<change-folder>=Kept<enter>",
    `<pipe-message>cat >${saved}<enter>`,
    // to, subject, the editor that is "true", then the compose menu: attach and put away
    "<mail>bob@far.example<enter>A draft<enter>",
    `<attach-file>${draft}<enter>`,
    "<postpone-message>",
    "<exit>",
  ])
  if (!ran) {
    await client.logout()
    return
  }
  assert.ok(withCrlf(await readFile(read)).equals(letter(1)), "what was read is what was sent")
  assert.ok(withCrlf(await readFile(saved)).equals(letter(2)), "what was copied is what was sent")
  assert.deepEqual([...(await readMailbox(client, "Kept")).values()], [letter(2)])
  assert.deepEqual([...(await readMailbox(client, "Moved")).values()], [letter(3)])
  const lock = await client.getMailboxLock("INBOX")
  const left = await client.fetchAll("1:*", { uid: true, flags: true, envelope: true })
  lock.release()
  assert.deepEqual(
    left.map(({ uid, flags }) => [uid, flags?.has("\\Flagged")]),
    [
      [1, true],
      [2, false],
      [3, false],
    ],
  )
  assert.equal(left[1]?.flags?.has("\\Seen"), true)
  const [postponed] = (await readMailbox(client, "Drafts")).values()
  assert.match(postponed?.toString() ?? "", /^Subject: A draft\r$/m)
  assert.match(postponed?.toString() ?? "", /this waits until tomorrow/)
  await client.logout()
})

const letter = (no: number) =>
  makeMessage(
    "plain",
    { from: "someone@far.example", to: "ada@house.example", token: `muttons${no}` },
    800 + no,
  ).bytes

const jump = (no: number) => `<jump>${no}<enter>`

function withCrlf(lines: Buffer): Buffer {
  return Buffer.from(lines.toString("latin1").replace(/\r?\n/g, "\r\n"), "latin1")
}

/** False when this machine has no mutt. */
async function runMutt(t: TestContext, peer: ImapPeer, keys: readonly string[]): Promise<boolean> {
  const mutt = needTool(t, "mutt", "mutt")
  const script = needTool(t, "script", "bsdutils")
  if (mutt === undefined || script === undefined) return false
  const rc = join(peer.folder, "muttrc")
  const config = {
    folder: `imaps://${peer.host}:${peer.imaps}/`,
    spoolfile: "+INBOX",
    record: "",
    postponed: "+Drafts",
    imap_user: peer.user,
    imap_pass: peer.password,
    certificate_file: peer.certificateFile,
    header_cache: join(peer.folder, "headers"),
    editor: "true",
    sort: "mailbox-order",
    tmpdir: peer.folder,
  }
  const answers = ["ssl_verify_host=no", "ssl_usesystemcerts=no", "confirmappend=no", "confirmcreate=no"]
  const more = ["delete=yes", "quit=yes", "postpone=yes", "abort_unmodified=no", "abort_nosubject=no"]
  await writeFile(
    rc,
    [
      ...Object.entries(config).map(([name, value]) => `set ${name}=${JSON.stringify(value)}`),
      ...[...answers, ...more, "wait_key=no", "pipe_decode=no", "fast_reply=yes", "autoedit=no"].map(
        one => `set ${one}`,
      ),
      `push ${JSON.stringify(keys.join(""))}`,
      "",
    ].join("\n"),
  )
  const { code, output } = await runProgram(script, ["-qec", `${mutt} -n -F ${rc}`, "/dev/null"], {
    environment: { TERM: "xterm", HOME: peer.folder, COLUMNS: "120", LINES: "40" },
  })
  assert.equal(code, 0, output.slice(-4000))
  return true
}
