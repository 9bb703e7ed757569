import { generateKeyPairSync } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { get } from "node:https"
import { join } from "node:path"
import { type Daemon, freePort, listening, startDaemon } from "../fixtures/daemons.ts"
import { selfSignedCertificate } from "../packages/x509/src/index.ts"

/**
 * Pebble, the certificate authority that Let's Encrypt's engineers wrote to try clients with, on loopback, and beside it
 * the DNS that it asks. It validates for real: all names lead to this machine, ports 80 and 443 are such as a test may open.
 */
export interface Pebble {
  readonly directory: string
  /** PEM: who signed its own web server's certificate. */
  readonly rootsFile: string
  /** Where it looks instead of ports 80 and 443. */
  readonly httpPort: number
  readonly tlsPort: number
  /** A program for `[acme] dns_hook`: publishes in the DNS that Pebble asks, and writes each call into `hookLog`. */
  readonly hook: string
  readonly hookLog: string
  /** PEM: who signs what it issues. */
  issuingRoot(): Promise<string>
  stop(): Promise<void>
}

export interface PebbleTools {
  readonly pebble: string
  readonly dns: string
}

const day = 24 * 60 * 60 * 1000
/** Of a hundred good nonces, so many are refused: a client has to try again. */
const refusedNonces = 20

export async function startPebble(
  { pebble, dns }: PebbleTools,
  folder: string,
  /** For an authority that serves its customers alone: keys by their names. */
  customers?: Readonly<Record<string, string>>,
): Promise<Pebble> {
  const [acme, management, httpPort, tlsPort, dnsPort, dnsManagement] = await freePorts()
  const rootsFile = join(folder, "pebble.pem")
  const keyFile = join(folder, "pebble.key")
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const own = selfSignedCertificate({
    names: ["localhost"],
    notBefore: Date.now() - day,
    notAfter: Date.now() + day,
    serial: Buffer.alloc(16, 9),
    privateKey,
  })
  await writeFile(rootsFile, own)
  await writeFile(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }))
  const configFile = join(folder, "pebble.json")
  const config = {
    listenAddress: `127.0.0.1:${acme}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: rootsFile,
    privateKey: keyFile,
    httpPort,
    tlsPort,
    ocspResponderURL: "",
    externalAccountBindingRequired: customers !== undefined,
    ...(customers === undefined ? {} : { externalAccountMACKeys: customers }),
  }
  await writeFile(configFile, JSON.stringify({ pebble: config }))
  const nowhere = ["-http01", "", "-https01", "", "-tlsalpn01", ""]
  const names = ["-dns01", `127.0.0.1:${dnsPort}`, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""]
  const managed = ["-management", `127.0.0.1:${dnsManagement}`]
  const output = join(folder, "pebble.log")
  const daemons: Daemon[] = [await startDaemon(dns, [...nowhere, ...names, ...managed], output)]
  const environment = [
    "PEBBLE_VA_NOSLEEP=1",
    "PEBBLE_AUTHZREUSE=0",
    `PEBBLE_WFE_NONCEREJECT=${refusedNonces}`,
  ]
  const asked = ["-config", configFile, "-strict", "-dnsserver", `127.0.0.1:${dnsPort}`]
  daemons.push(await startDaemon("/usr/bin/env", [...environment, pebble, ...asked], output))
  await Promise.all([acme, management, dnsManagement].map(port => listening({ port })))
  const hook = join(folder, "hook.mjs")
  const hookLog = join(folder, "hook.log")
  await writeFile(hook, hookProgram(dnsManagement, hookLog), { mode: 0o755 })
  return {
    directory: `https://localhost:${acme}/dir`,
    rootsFile,
    httpPort,
    tlsPort,
    hook,
    hookLog,
    issuingRoot: () => fetchText(`https://localhost:${management}/roots/0`, own),
    async stop() {
      for (const daemon of daemons.toReversed()) await daemon.stop()
    },
  }
}

async function freePorts(): Promise<[number, number, number, number, number, number]> {
  return [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
}

/** As an operator would write one for the interface of their DNS. */
const hookProgram = (port: number, log: string): string => `#!${process.execPath}
import { appendFileSync } from "node:fs"
const [act, name, value] = process.argv.slice(2)
appendFileSync(${JSON.stringify(log)}, \`\${act} \${name}\\n\`)
const path = act === "add" ? "set-txt" : "clear-txt"
const answer = await fetch("http://127.0.0.1:${port}/" + path, {
  method: "POST",
  body: JSON.stringify({ host: name + ".", value }),
})
if (!answer.ok) process.exit(1)
`

function fetchText(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { ca, family: 4 }, response => {
      const pieces: Buffer[] = []
      response.on("data", (piece: Buffer) => pieces.push(piece))
      response.on("end", () => resolve(Buffer.concat(pieces).toString("latin1")))
    }).once("error", reject)
  })
}
