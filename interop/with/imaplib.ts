import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { corpusTo } from "../corpus.ts"
import { type ImapPeer, testWithPeers } from "../imap-peers.ts"
import { runProgram } from "../run-program.ts"
import { needTool } from "../tools.ts"

/** Python's imaplib: what scripts use. It takes the server at its word and shows each response as it came. */
testWithPeers("imaplib spends its day over TLS", (t, peer) => spendDay(t, peer, "tls"))
testWithPeers("imaplib spends its day under STARTTLS", (t, peer) => spendDay(t, peer, "starttls"))
testWithPeers("imaplib spends its day in plain text on loopback", (t, peer) => spendDay(t, peer, "plain"))

async function spendDay(t: TestContext, peer: ImapPeer, mode: "tls" | "starttls" | "plain"): Promise<void> {
  const python = needTool(t, "python3", "python3")
  if (python === undefined) return
  const folder = join(peer.folder, "messages")
  await mkdir(folder)
  for (const [no, { bytes }] of corpusTo("ada@house.example", 500).entries())
    await writeFile(join(folder, `${no}.eml`), bytes)
  const port = String(mode === "tls" ? peer.imaps : peer.imap)
  const session = join(import.meta.dirname, "../imaplib-session.py")
  const { code, output } = await runProgram(
    python,
    ["-B", session, peer.host, port, mode, peer.user, peer.certificateFile, folder],
    { stdin: `${peer.password}\n` },
  )
  assert.equal(code, 0, output.slice(-3000))
}
