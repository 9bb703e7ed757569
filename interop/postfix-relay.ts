import { execFile } from "node:child_process"
import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { promisify } from "node:util"
import { freePort } from "../fixtures/daemons.ts"
import type { SmtpAddress } from "../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"

/**
 * A Postfix of a test's own: its configuration, queue and log in a folder of its own, started without systemd, and
 * every message that it takes relayed to one server.
 */
export interface PostfixRelay {
  /** Where it takes mail. */
  readonly smtp: SmtpAddress
  /** Resolves when its queue is empty; throws with its log when a message cannot be handed over. */
  handedOver(): Promise<void>
  log(): Promise<string>
  stop(): Promise<void>
}

const patience = 60_000

/** `without`: keywords that it does not offer, with commas. `more`: settings of its own, by name. `given`: a free port. */
export async function startPostfix(
  postfix: string,
  next: SmtpAddress,
  tls: "none" | "encrypt",
  without = "",
  more: Readonly<Record<string, string>> = {},
  given?: number,
): Promise<PostfixRelay> {
  const folder = await makeTempFolder()
  await chmod(folder, 0o755)
  const port = given ?? (await freePort())
  const paths = {
    configuration: join(folder, "etc"),
    queue: join(folder, "queue"),
    data: join(folder, "lib"),
  }
  for (const path of Object.values(paths)) await mkdir(path)
  const owner = await idsOf("postfix")
  await chown(paths.data, owner.uid, owner.gid)
  const logFile = join(folder, "maillog")
  await writeFile(join(paths.configuration, "main.cf"), mainCf(paths, logFile, next, tls, without, more))
  await writeFile(join(paths.configuration, "master.cf"), masterCf(port))
  const command = (word: string) => promisify(execFile)(postfix, ["-c", paths.configuration, word])
  const log = () => readFile(logFile, "utf8").catch(() => "")
  try {
    await command("start")
  } catch (error) {
    const said = await log()
    await removeFolder(folder)
    throw new Error(`Postfix did not start: ${said.slice(-2000)}`, { cause: error })
  }
  return {
    smtp: { host: "127.0.0.1", port },
    log,
    async handedOver() {
      const deadline = Date.now() + patience
      while ((await queued(paths.queue)) > 0) {
        const text = await log()
        if (/status=(bounced|deferred)/.test(text))
          throw new Error(`Postfix could not hand over:\n${text.slice(-3000)}`)
        if (Date.now() > deadline) throw new Error(`Postfix still has mail:\n${text.slice(-3000)}`)
        await wait(50)
      }
    },
    async stop() {
      await command("stop").catch(() => command("abort"))
      await removeFolder(folder)
    },
  }
}

function mainCf(
  paths: { configuration: string; queue: string; data: string },
  logFile: string,
  next: SmtpAddress,
  tls: "none" | "encrypt",
  without: string,
  more: Readonly<Record<string, string>>,
): string {
  const settings = {
    compatibility_level: "3.6",
    queue_directory: paths.queue,
    data_directory: paths.data,
    maillog_file: logFile,
    maillog_file_prefixes: "/var, /dev/stdout, /tmp, /run, /home, /root",
    mail_owner: "postfix",
    setgid_group: "postdrop",
    myhostname: "relay.example",
    mydestination: "",
    local_recipient_maps: "",
    inet_interfaces: "127.0.0.1",
    inet_protocols: "ipv4",
    mynetworks: "127.0.0.0/8",
    smtpd_discard_ehlo_keywords: without,
    smtpd_relay_restrictions: "permit_mynetworks, reject",
    relayhost: `[${next.host}]:${next.port}`,
    smtp_dns_support_level: "disabled",
    smtp_host_lookup: "native",
    smtp_tls_security_level: tls,
    smtp_tls_loglevel: "1",
    // headers are relayed as they came
    local_header_rewrite_clients: "",
    disable_mime_output_conversion: "yes",
    smtputf8_enable: "no",
    alias_maps: "",
    alias_database: "",
    ...more,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("")
}

function masterCf(port: number): string {
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
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
    "smtp unix - - n - - smtp",
    "relay unix - - n - - smtp",
    "lmtp unix - - n - - lmtp",
    "virtual unix - n n - - virtual",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
  ]
  return `${services.join("\n")}\n`
}

/** Messages in any state of its queue. */
async function queued(queue: string): Promise<number> {
  let count = 0
  for (const name of ["maildrop", "incoming", "active", "deferred"]) {
    for (const entry of await readdir(join(queue, name), { recursive: true }).catch(() => [])) {
      const found = await stat(join(queue, name, entry)).catch(() => undefined)
      if (found?.isFile() === true) count += 1
    }
  }
  return count
}

async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  const line = (await readFile("/etc/passwd", "utf8")).split("\n").find(one => one.startsWith(`${user}:`))
  const [, , uid, gid] = line?.split(":") ?? []
  if (uid === undefined || gid === undefined) throw new Error(`there is no user ${user}`)
  return { uid: Number(uid), gid: Number(gid) }
}
