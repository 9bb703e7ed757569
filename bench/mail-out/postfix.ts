/**
 * Postfix from Debian, as somebody who knows it would set it up for mail that goes out over 20 connections; mails that are
 * to be signed come in by a second port, behind OpenDKIM.
 *
 * What differs from fixtures/postfix.ts, and why:
 * - max_use 10000: processes are not replaced after 100 mails; in_flow_delay 0: input is not slowed for the queue.
 * - A transport map instead of the DNS, and no look-up of client names: less to do.
 * - fsync stays on: accepted mail is on the disk, as it is in Letterkeep.
 */
import { generateKeyPairSync } from "node:crypto"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { type Daemon, freePort, listening, startDaemon } from "../../fixtures/daemons.ts"
import { postfixProgram, startPostfix } from "../../fixtures/postfix.ts"
import { complaintsIn, requireDebian } from "../measure/debian.ts"
import { CONNECTIONS, domainOf, FAR_DOMAINS, farAddress, farDomain, type Side } from "./plan.ts"

export interface PostfixOptions {
  /** Empty folder that the postfix user can pass through. */
  readonly folder: string
  readonly sinkPort: number
}

const SELECTOR = "bench"
const OPENDKIM = "/usr/sbin/opendkim"

export async function startPostfixSide({ folder, sinkPort }: PostfixOptions): Promise<Side> {
  requireDebian({ postfix: postfixProgram, opendkim: OPENDKIM })
  const [port, signedPort, milterPort] = [await freePort(), await freePort(), await freePort()]
  const output = path.join(folder, "output.log")
  const daemons: Daemon[] = []
  const stop = async () => {
    for (const daemon of daemons.toReversed()) await daemon.stop()
  }
  try {
    const { configuration, record } = writeOpendkim(folder, milterPort)
    daemons.push(await startDaemon(OPENDKIM, ["-f", "-x", configuration], output))
    await listening({ port: milterPort })
    const transports = path.join(folder, "transport")
    writeFileSync(transports, waysTo(sinkPort))
    const postfix = await startPostfix({
      folder,
      doors: [{ port }, { port: signedPort, settings: { smtpd_milters: `inet:127.0.0.1:${milterPort}` } }],
      settings: { ...settings, transport_maps: `texthash:${transports}` },
      smtpProcesses: CONNECTIONS,
    })
    daemons.push(postfix)
    return {
      name: "Postfix",
      ports: { none: port, rsa: signedPort },
      trees: daemons,
      proof: () => undefined,
      records: { [`${SELECTOR}._domainkey.${domainOf("rsa")}`]: record },
      waiting: async () => postfix.queued(),
      complaints: () => complaintsIn([output, ...postfix.logFiles]),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const settings = {
  myhostname: "mx.bench.example",
  mynetworks: "127.0.0.0/8",
  smtp_dns_support_level: "disabled",
  smtp_host_lookup: "native",
  smtpd_relay_restrictions: "permit_mynetworks, reject",
  smtpd_client_connection_count_limit: 0,
  smtpd_peername_lookup: "no",
  smtpd_tls_security_level: "none",
  smtp_tls_security_level: "none",
  message_size_limit: 52_428_800,
  in_flow_delay: 0,
  max_use: 10_000,
  milter_default_action: "tempfail",
}

/** A transport map: each far domain by the address of its own. */
function waysTo(sinkPort: number): string {
  const ways = Array.from({ length: FAR_DOMAINS }, (_, no) => [farDomain(no), farAddress(no)])
  return ways.map(([domain, address]) => `${domain} smtp:[${address}]:${sinkPort}\n`).join("")
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
