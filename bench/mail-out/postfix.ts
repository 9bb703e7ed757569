/**
 * Postfix from Debian, as somebody who knows it would set it up for mail that goes out over 20 connections; mails that are
 * to be signed come in by a second port, behind OpenDKIM. Own folders, no systemd, nothing of the machine's own
 * configuration is read.
 *
 * What differs from the defaults, and why:
 * - max_use 10000: processes are not replaced after 100 mails; in_flow_delay 0: input is not slowed for the queue.
 * - A transport map instead of the DNS, and no look-up of client names: less to do.
 * - fsync stays on: accepted mail is on the disk, as it is in Letterkeep.
 */
import { generateKeyPairSync } from "node:crypto"
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { type Daemon, freePort, listening, runOnce, startDaemon } from "../../fixtures/daemons.ts"
import { CONNECTIONS, domainOf, FAR_DOMAINS, farAddress, farDomain, type Side } from "./plan.ts"

export interface PostfixOptions {
  /** Empty folder that the postfix user can pass through. */
  readonly folder: string
  readonly sinkPort: number
}

const SELECTOR = "bench"
const NEEDED = { postfix: "/usr/lib/postfix/sbin/master", opendkim: "/usr/sbin/opendkim" }

export async function startPostfix({ folder, sinkPort }: PostfixOptions): Promise<Side> {
  requirePrograms()
  const [port, signedPort, milterPort] = [await freePort(), await freePort(), await freePort()]
  const output = path.join(folder, "output.log")
  const daemons: Daemon[] = []
  const stop = async () => {
    for (const daemon of daemons.toReversed()) await daemon.stop()
  }
  try {
    const { configuration, record } = writeOpendkim(folder, milterPort)
    const opendkim = await startDaemon(NEEDED.opendkim, ["-f", "-x", configuration], output)
    daemons.push(opendkim)
    await listening({ port: milterPort })
    const postfix = writePostfix(folder, sinkPort, masterCf(port, signedPort, milterPort))
    runOnce("/usr/sbin/postfix", ["-c", postfix, "check"])
    daemons.push(await startDaemon(NEEDED.postfix, ["-c", postfix, "-d"], output))
    await listening({ port: signedPort })
    return {
      name: "Postfix",
      ports: { none: port, rsa: signedPort },
      trees: daemons,
      proof: () => undefined,
      records: { [`${SELECTOR}._domainkey.${domainOf("rsa")}`]: record },
      waiting: async () => countQueued(path.join(postfix, "queue")),
      complaints: () => complaints(folder),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function requirePrograms(): void {
  const missing = Object.entries(NEEDED).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (missing.length > 0)
    throw new Error(
      `this bench compares with Debian's own: apt-get install --no-install-recommends ${missing.join(" ")}`,
    )
  if (process.getuid?.() !== 0) throw new Error("Postfix changes users: run this bench as root")
}

function writeOpendkim(folder: string, port: number): { configuration: string; record: string } {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const keyFile = path.join(folder, "opendkim.pem")
  writeFileSync(keyFile, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 })
  const configuration = path.join(folder, "opendkim.conf")
  writeFileSync(
    configuration,
    `Socket inet:${port}@127.0.0.1
Mode s
Domain ${domainOf("rsa")}
Selector ${SELECTOR}
KeyFile ${keyFile}
Canonicalization relaxed/relaxed
InternalHosts 127.0.0.0/8
Background no
Syslog no
RequireSafeKeys no
`,
  )
  const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64")
  return { configuration, record: `v=DKIM1; k=rsa; p=${spki}` }
}

function writePostfix(folder: string, sinkPort: number, master: string): string {
  const postfix = path.join(folder, "postfix")
  for (const name of ["", "queue", "data"]) mkdirSync(path.join(postfix, name), { recursive: true })
  chmodSync(postfix, 0o755)
  const owner = Number(runOnce("/usr/bin/id", ["-u", "postfix"]))
  chownSync(path.join(postfix, "data"), owner, owner)
  const ways = Array.from(
    { length: FAR_DOMAINS },
    (_, no) => `${farDomain(no)} smtp:[${farAddress(no)}]:${sinkPort}\n`,
  )
  writeFileSync(path.join(postfix, "transport"), ways.join(""))
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
myhostname = mx.bench.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
transport_maps = texthash:${postfix}/transport
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
smtpd_tls_security_level = none
smtp_tls_security_level = none
message_size_limit = 52428800
in_flow_delay = 0
max_use = 10000
milter_default_action = tempfail
`,
  )
  writeFileSync(path.join(postfix, "master.cf"), master)
  return postfix
}

/** name, type, private, unprivileged, chroot, wakeup, maximum, command: Debian's own, less what nobody calls here. */
function masterCf(port: number, signedPort: number, milterPort: number): string {
  return [
    `127.0.0.1:${port} inet n - n - 100 smtpd`,
    `127.0.0.1:${signedPort} inet n - n - 100 smtpd -o smtpd_milters=inet:127.0.0.1:${milterPort}`,
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
    `smtp unix - - n - ${CONNECTIONS} smtp`,
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
    "",
  ].join("\n")
}

/** Files of the queues that hold mail. */
function countQueued(queue: string): number {
  return ["maildrop", "incoming", "active", "deferred", "hold"].reduce((sum, name) => {
    const folder = path.join(queue, name)
    if (!existsSync(folder)) return sum
    return (
      sum + readdirSync(folder, { recursive: true, withFileTypes: true }).filter(one => one.isFile()).length
    )
  }, 0)
}

async function complaints(folder: string): Promise<string> {
  const files = ["output.log", "postfix.log"].map(name => path.join(folder, name)).filter(existsSync)
  const logs = await Promise.all(files.map(file => readFile(file, "utf8")))
  const usual = /not owned by root|or other writable/
  return logs
    .join("")
    .split("\n")
    .filter(line => /warning|fatal|error|panic|deferred|bounced/i.test(line) && !usual.test(line))
    .slice(-20)
    .join("\n")
}
