import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { corpusTo } from "../corpus.ts"
import { testWithPeers } from "../imap-peers.ts"
import { runProgram } from "../run-program.ts"
import { needTool } from "../tools.ts"

/** curl: a connection and a few commands for each call, as scripts do it; by IMAP and by POP3. */
testWithPeers(
  "curl uploads, lists, searches, flags and fetches by IMAP, and fetches by POP3",
  async (t, peer) => {
    const curl = needTool(t, "curl", "curl")
    if (curl === undefined) return
    const call = async (port: number, scheme: string, path: string, args: readonly string[] = []) => {
      const url = `${scheme}://${peer.host}:${port}/${path}`
      const common = ["--silent", "--show-error", "--insecure", "--user", `${peer.user}:${peer.password}`]
      const { code, output } = await runProgram(curl, [...common, ...args, url])
      assert.equal(code, 0, `${path}: ${output}`)
      return output
    }
    const imap = (path: string, args?: readonly string[]) => call(peer.imaps, "imaps", path, args)
    const messages = corpusTo("ada@house.example", 900)
    const file = join(peer.folder, "curl.eml")
    for (const { bytes } of messages) {
      await writeFile(file, bytes)
      await imap("INBOX", ["--upload-file", file])
    }
    assert.match(await imap(""), /^\* LIST \([^)]*\) "?\/"? "?INBOX"?\r$/m)
    assert.match(await imap("INBOX?SUBJECT%20interop900x3end"), /^\* SEARCH 4\r$/m)
    await imap("INBOX", ["--request", "STORE 4 +FLAGS (\\Flagged)"])
    assert.match(await imap("INBOX", ["--request", "SEARCH FLAGGED"]), /^\* SEARCH 4\r$/m)
    for (const [no, { bytes, shape }] of messages.entries()) {
      await imap(`INBOX;UID=${no + 1}`, ["--output", file])
      assert.ok((await readFile(file)).equals(bytes), `"${shape}" is not as it was by IMAP`)
      await call(peer.pop3s, "pop3s", String(no + 1), ["--output", file])
      assert.ok((await readFile(file)).equals(bytes), `"${shape}" is not as it was by POP3`)
    }
  },
)
