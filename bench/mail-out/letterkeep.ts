/**
 * Letterkeep, started through the door that everybody has, with its own Postgres. One domain for each way of signing, so
 * that one process does all of them in turn. Mails are handed in without TLS, as to the other side, by people who sign in
 * once for each connection. What Letterkeep does beside: it keeps each writer's sealed copy and a sealed history.
 */
import { startDnsServer, type Zone } from "../../fixtures/dns-server.ts"
import { addressOf, type RunningServer, startServer } from "../../fixtures/server.ts"
import { ask } from "../../server/src/cli/client.ts"
import {
  CONNECTIONS,
  domainOf,
  everySigned,
  FAR_DOMAINS,
  farAddress,
  farDomain,
  type Side,
  type Signed,
  writerOf,
} from "./plan.ts"

export interface LetterkeepOptions {
  readonly sinkPort: number
  /** Folder for a CPU profile of the server, written when it stops. */
  readonly profile: string | undefined
}

const passwordOf = (connection: number): string => `correct horse ${connection} battery staple`

export async function startLetterkeep({ sinkPort, profile }: LetterkeepOptions): Promise<Side> {
  const dns = await startDnsServer(farZone())
  const server = await startServer({
    config: {
      smtp: { hostname: "mx.bench.example" },
      dns: { resolver: [dns.address] },
      submission: { plaintext_on_loopback: true, recipients_per_day: 10_000_000 },
      sending: {
        port: sinkPort,
        connections: CONNECTIONS,
        connections_per_destination: Math.ceil(CONNECTIONS / FAR_DOMAINS),
      },
    },
    environment: profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` },
  })
  const stop = async () => {
    await server.stop()
    await dns.stop()
  }
  try {
    await command(server, "org.add", { name: "Bench" })
    const records: Record<string, string> = {}
    for (const signed of everySigned) Object.assign(records, await prepare(server, signed))
    const { database, server: own } = server.pids()
    const { port } = addressOf(server.ready, "submission")
    return {
      name: "Letterkeep",
      ports: { none: port, rsa: port, ed25519: port, both: port },
      trees: [
        { program: "Node", pid: own },
        ...(database === undefined ? [] : [{ program: "PostgreSQL", pid: database }]),
      ],
      proof: (signed, connection) =>
        Buffer.from(`\0${writerOf(signed, connection)}\0${passwordOf(connection)}`).toString("base64"),
      records,
      waiting: async () => {
        const counts = await command(server, "queue", {})
        return (counts as { readonly mails: number }).mails
      },
      complaints: async () =>
        (await server.log())
          .split("\n")
          .filter(line => !line.includes('"info"'))
          .slice(-20)
          .join("\n"),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function farZone(): Zone {
  const zone: Record<string, Zone[string]> = {}
  for (let no = 0; no < FAR_DOMAINS; no++) {
    const host = `mx.${farDomain(no)}`
    zone[farDomain(no)] = { MX: [{ preference: 10, exchange: host }] }
    zone[host] = { A: [farAddress(no)] }
  }
  return zone
}

interface ListedKeys {
  readonly keys: readonly {
    readonly selector: string
    readonly algorithm: "rsa" | "ed25519"
    readonly state: string
    readonly name: string
    readonly record: string
  }[]
}

/** The domain, its writers, and the keys that sign for it; resolves to their records. */
async function prepare(server: RunningServer, signed: Signed): Promise<Record<string, string>> {
  const domain = domainOf(signed)
  await command(server, "domain.add", { domain })
  for (let connection = 0; connection < CONNECTIONS; connection++)
    await command(server, "account.add", {
      address: writerOf(signed, connection),
      password: passwordOf(connection),
    })
  // Keys that nobody publishes sign nothing by themselves.
  if (signed === "none") return {}
  await command(server, "dkim.rotate", { domain, now: true })
  const { keys } = (await command(server, "dkim.list", { domain })) as ListedKeys
  const active = keys.filter(({ state }) => state === "active")
  const unwanted = active.filter(({ algorithm }) => signed !== "both" && algorithm !== signed)
  for (const { selector } of unwanted) await command(server, "dkim.revoke", { domain, selector })
  return Object.fromEntries(
    active.filter(key => !unwanted.includes(key)).map(({ name, record }) => [name, record]),
  )
}

/** What `./letterkeep` does, without a process for each call. */
async function command(
  server: RunningServer,
  name: string,
  values: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const answer = await ask(
    server.dataFolder,
    { command: name, arguments: values },
    { progress: () => undefined, bytes: async () => undefined },
  )
  if (answer.kind === "done") return answer.value
  throw new Error(`${name}: ${answer.kind === "failed" ? answer.message : "no last word"}`)
}
