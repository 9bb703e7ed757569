/**
 * Dovecot with mdbox, its quickest store, as fixtures/dovecot.ts sets it up; with `fts`, its search index by Xapian
 * (Debian's dovecot-fts-xapian) with the plug-in's own recommended settings.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { dovecotProgram, startDovecot } from "../../fixtures/dovecot.ts"
import { complaintsIn, requireDebian } from "../measure/debian.ts"
import type { ImapSide } from "./side.ts"

const xapian = "/usr/lib/dovecot/modules/lib21_fts_xapian_plugin.so"

/** Throws with the command that installs what is missing. */
export function requireDovecot(): void {
  requireDebian({ "dovecot-imapd": dovecotProgram })
}

export function hasXapian(): boolean {
  return existsSync(xapian)
}

export async function startDovecotSide(fts: boolean): Promise<ImapSide> {
  const folder = mkdtempSync(path.join(tmpdir(), "lk-bench-"))
  const user = { name: "ada", password: "a quiet lake by night 17" }
  const dovecot = await startDovecot({
    folder,
    users: [user],
    protocols: ["imap"],
    more: fts ? ftsConf : "",
  })
  return {
    name: fts ? "Dovecot, Xapian" : "Dovecot",
    port: dovecot.ports.imap,
    user: user.name,
    password: user.password,
    trees: [{ program: "Dovecot", pid: dovecot.pid }],
    async prepare(mailbox) {
      // queued: Dovecot's own worker does it, so that its CPU counts
      if (fts) dovecot.doveadm(["index", "-q", "-u", user.name, mailbox])
    },
    complaints: () => complaintsIn([dovecot.logFile]),
    async stop() {
      await dovecot.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const ftsConf = `mail_plugins = fts fts_xapian
plugin {
  fts = xapian
  fts_xapian = partial=3 full=20
  fts_enforced = yes
  fts_autoindex = no
}
service indexer-worker {
  vsz_limit = 2G
}
`
