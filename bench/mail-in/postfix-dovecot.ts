/**
 * Postfix → LMTP → Dovecot (mdbox), as somebody who knows them would set them up for two cores and a thousand
 * virtual users.
 *
 * What differs from fixtures/postfix.ts, and why:
 * - max_use 10000: processes are not replaced after 100 mails; in_flow_delay 0: input is not slowed for the queue.
 * - LMTP over a Unix socket with connection caching, 20 deliveries at a time, no look-up of client names.
 * - Dovecot as fixtures/dovecot.ts says.
 * - fsync stays on at both: accepted mail is on the disk, as it is in Letterkeep.
 */
import { writeFileSync } from "node:fs"
import { open } from "node:fs/promises"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import type { Daemon } from "../../fixtures/daemons.ts"
import { type Dovecot, dovecotProgram, startDovecot } from "../../fixtures/dovecot.ts"
import { postfixProgram, startPostfix } from "../../fixtures/postfix.ts"
import { complaintsIn, requireDebian } from "../measure/debian.ts"
import { RECIPIENT_DOMAIN, RECIPIENTS } from "./load-protocol.ts"
import { rspamdProgram, startRspamd } from "./rspamd.ts"
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
  requireDebian({
    postfix: postfixProgram,
    "dovecot-core": dovecotProgram,
    "dovecot-lmtpd": "/usr/lib/dovecot/lmtp",
    ...(options.resolver === undefined ? {} : { rspamd: rspamdProgram }),
  })
  const output = path.join(folder, "output.log")
  const daemons: Daemon[] = []
  const stop = async () => {
    for (const daemon of daemons.toReversed()) await daemon.stop()
  }
  try {
    const dovecot = await startDovecot({
      folder,
      users: Array.from({ length: RECIPIENTS }, (_, index) => ({ name: `user${index}`, password: "none" })),
      protocols: ["lmtp"],
      more: "auth_username_format = %Ln\n",
    })
    daemons.push(dovecot)
    if (options.resolver !== undefined)
      daemons.push(await startRspamd(path.join(folder, "rspamd"), port + 1, options.resolver, output))
    const postfix = await startPostfix({
      folder,
      doors: [{ port }],
      settings: {
        ...settings,
        virtual_mailbox_maps: `texthash:${writeRecipients(folder)}`,
        virtual_transport: `lmtp:unix:${dovecot.lmtp}`,
        ...(options.resolver === undefined ? {} : screenedBy(port + 1)),
      },
    })
    daemons.push(postfix)
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
      complaints: () => complaintsIn([output, ...postfix.logFiles, dovecot.logFile]),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const settings = {
  myhostname: `mx.${RECIPIENT_DOMAIN}`,
  mynetworks: "",
  virtual_mailbox_domains: RECIPIENT_DOMAIN,
  smtpd_relay_restrictions: "reject_unauth_destination",
  smtpd_recipient_restrictions: "",
  smtpd_client_connection_count_limit: 0,
  smtpd_peername_lookup: "no",
  smtpd_tls_security_level: "none",
  lmtp_tls_security_level: "none",
  message_size_limit: 52_428_800,
  mailbox_size_limit: 0,
  virtual_mailbox_limit: 0,
  in_flow_delay: 0,
  max_use: 10_000,
  default_destination_concurrency_limit: 20,
  initial_destination_concurrency: 20,
  lmtp_connection_reuse_count_limit: 0,
  lmtp_destination_recipient_limit: 1,
}

const screenedBy = (milterPort: number) => ({
  smtpd_milters: `inet:127.0.0.1:${milterPort}`,
  milter_default_action: "tempfail",
})

/** Whom it takes mail for, as a table of Postfix; gives the file. */
function writeRecipients(folder: string): string {
  const file = path.join(folder, "recipients")
  const lines = Array.from({ length: RECIPIENTS }, (_, index) => `user${index}@${RECIPIENT_DOMAIN} ok\n`)
  writeFileSync(file, lines.join(""))
  return file
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
