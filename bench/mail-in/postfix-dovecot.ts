/**
 * Postfix → LMTP → Dovecot (mdbox), as somebody who knows them would set them up for two cores and a thousand
 * virtual users. Own folders, no systemd, nothing of the machine's own configuration is read.
 *
 * What differs from the defaults, and why:
 * - max_use 10000: processes are not replaced after 100 mails; in_flow_delay 0: input is not slowed for the queue.
 * - LMTP over a Unix socket with connection caching, 20 deliveries at a time, no look-up of client names.
 * - Dovecot as fixtures/dovecot.ts says.
 * - fsync stays on at both: accepted mail is on the disk, as it is in Letterkeep.
 */
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { open, readFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { type Daemon, listening, runOnce, startDaemon } from "../../fixtures/daemons.ts"
import { type Dovecot, startDovecot } from "../../fixtures/dovecot.ts"
import { RECIPIENT_DOMAIN, RECIPIENTS } from "./load-protocol.ts"
import { requirePrograms } from "./programs.ts"
import { startRspamd } from "./rspamd.ts"
import { PATIENCE, requirePasses, type Side } from "./side.ts"

export interface PostfixOptions {
  /** Empty folder that the postfix and mail users can pass through. */
  readonly folder: string
  readonly port: number
  /** 127.0.0.1:port of the DNS server: screening is on. */
  readonly resolver: string | undefined
}

export async function startPostfixDovecot(options: PostfixOptions): Promise<Side> {
  const { folder, port } = options
  requirePrograms(options.resolver !== undefined)
  const output = path.join(folder, "output.log")
  const daemons: Daemon[] = []
  const stop = async () => {
    for (const daemon of daemons.reverse()) await daemon.stop()
  }
  const dovecot = await startDovecot({
    folder,
    users: Array.from({ length: RECIPIENTS }, (_, index) => ({ name: `user${index}`, password: "none" })),
    protocols: ["lmtp"],
    more: "auth_username_format = %Ln\n",
  })
  daemons.push(dovecot)
  try {
    let milter: string | undefined
    if (options.resolver !== undefined) {
      const rspamd = await startRspamd(path.join(folder, "rspamd"), port + 1, options.resolver, output)
      daemons.push(rspamd)
      milter = `inet:127.0.0.1:${port + 1}`
    }
    const postfixFolder = writePostfix(folder, port, dovecot.lmtp, milter)
    runOnce("/usr/sbin/postfix", ["-c", postfixFolder, "check"])
    daemons.push(await startDaemon("/usr/lib/postfix/sbin/master", ["-c", postfixFolder, "-d"], output))
    await listening({ port })
  } catch (error) {
    await stop()
    throw error
  }
  const saved = countSaved(dovecot.logFile)
  return {
    name: "Postfix + Dovecot",
    port,
    trees: daemons,
    delivered: total => waitFor(saved, total),
    count: async () => countMailboxes(dovecot),
    checkScreened: async () => {
      const mail = dovecot.doveadm(["fetch", "-u", "user0", "hdr", "mailbox", "INBOX"])
      requirePasses("rspamd", mail)
    },
    complaints: () => complaints(folder),
    stop,
  }
}

function writePostfix(folder: string, port: number, lmtp: string, milter: string | undefined): string {
  const postfix = path.join(folder, "postfix")
  for (const name of ["", "queue", "data"]) mkdirSync(path.join(postfix, name), { recursive: true })
  chmodSync(postfix, 0o755)
  const owner = Number(runOnce("/usr/bin/id", ["-u", "postfix"]))
  chownSync(path.join(postfix, "data"), owner, owner)
  writeFileSync(
    path.join(postfix, "recipients"),
    Array.from({ length: RECIPIENTS }, (_, index) => `user${index}@${RECIPIENT_DOMAIN} ok\n`).join(""),
  )
  writeFileSync(
    path.join(postfix, "main.cf"),
    `compatibility_level = 3.6
queue_directory = ${postfix}/queue
data_directory = ${postfix}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${folder}/postfix.log
maillog_file_prefixes = ${folder}
myhostname = mx.${RECIPIENT_DOMAIN}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = ${RECIPIENT_DOMAIN}
virtual_mailbox_maps = texthash:${postfix}/recipients
virtual_transport = lmtp:unix:${lmtp}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
smtpd_tls_security_level = none
lmtp_tls_security_level = none
message_size_limit = 52428800
mailbox_size_limit = 0
virtual_mailbox_limit = 0
in_flow_delay = 0
max_use = 10000
default_destination_concurrency_limit = 20
initial_destination_concurrency = 20
lmtp_connection_reuse_count_limit = 0
lmtp_destination_recipient_limit = 1
${milter === undefined ? "" : `smtpd_milters = ${milter}\nmilter_default_action = tempfail\n`}`,
  )
  writeFileSync(path.join(postfix, "master.cf"), masterCf(port))
  return postfix
}

/** name, type, private, unprivileged, chroot, wakeup, maximum, command: Debian's own, less what nobody calls here. */
function masterCf(port: number): string {
  return [
    `127.0.0.1:${port} inet n - n - 100 smtpd`,
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "verify unix - - n - 1 verify",
    "flush unix n - n 1000? 0 flush",
    "proxymap unix - - n - - proxymap",
    "lmtp unix - - n - - lmtp",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
    "",
  ].join("\n")
}

/** Counts the deliveries that Dovecot has logged, reading on from where it stopped. */
function countSaved(file: string): () => Promise<number> {
  let offset = 0
  let count = 0
  let rest = ""
  return async () => {
    const handle = await open(file)
    try {
      const { size } = await handle.stat()
      if (size > offset) {
        const { buffer, bytesRead } = await handle.read({
          position: offset,
          buffer: Buffer.alloc(size - offset),
        })
        offset += bytesRead
        const lines = (rest + buffer.toString("latin1", 0, bytesRead)).split("\n")
        rest = lines.pop() ?? ""
        count += lines.filter(line => line.includes(": saved mail to ")).length
      }
    } finally {
      await handle.close()
    }
    return count
  }
}

async function waitFor(saved: () => Promise<number>, total: number): Promise<void> {
  let before = -1
  let since = Date.now()
  for (;;) {
    const count = await saved()
    if (count >= total) return
    if (count > before) since = Date.now()
    else if (Date.now() - since > PATIENCE)
      throw new Error(`only ${count} of ${total} messages were delivered`)
    before = count
    await wait(10)
  }
}

/** The index of each mailbox, as doveadm reads it. */
function countMailboxes(dovecot: Dovecot): number {
  const status = ["-f", "tab", "mailbox", "status", "-F", dovecot.nameFile, "messages", "INBOX"]
  const lines = dovecot.doveadm(status).trim().split("\n").slice(1)
  return lines.reduce((sum, line) => sum + Number(line.split("\t").at(-1)), 0)
}

async function complaints(folder: string): Promise<string> {
  const files = ["output.log", "postfix.log", "dovecot.log"]
    .map(name => path.join(folder, name))
    .filter(existsSync)
  const logs = await Promise.all(files.map(file => readFile(file, "utf8")))
  const usual = /not owned by root|or other writable/
  return logs
    .join("")
    .split("\n")
    .filter(line => /warning|fatal|error|panic|deferred/i.test(line) && !usual.test(line))
    .slice(-20)
    .join("\n")
}
