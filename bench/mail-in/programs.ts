/** What Debian has to have for this bench: which packages are missing. */
import { existsSync } from "node:fs"

/** A file of each package that the bench calls. */
const NEEDED: Readonly<Record<string, string>> = {
  postfix: "/usr/lib/postfix/sbin/master",
  "dovecot-core": "/usr/sbin/dovecot",
  "dovecot-lmtpd": "/usr/lib/dovecot/lmtp",
  rspamd: "/usr/bin/rspamd",
}

/** Throws with the command that installs what is missing; `screening` asks for rspamd too. */
export function requirePrograms(screening: boolean): void {
  const missing = Object.entries(NEEDED)
    .filter(([name, file]) => (screening || name !== "rspamd") && !existsSync(file))
    .map(([name]) => name)
  if (missing.length > 0)
    throw new Error(
      `this bench compares with Debian's own: apt-get install --no-install-recommends ${missing.join(" ")}`,
    )
  if (process.getuid?.() !== 0) throw new Error("Postfix and Dovecot change users: run this bench as root")
}
