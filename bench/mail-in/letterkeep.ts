/**
 * Letterkeep, started through the door that everybody has, with its own Postgres and a thousand accounts. Its 250
 * says that a message is durable, so that delivered and answered are one; `count` signs in as each person and
 * lists what that person can open.
 */
import { type RunningServer, startServer } from "../../fixtures/server.ts"
import { ask } from "../../server/src/cli/client.ts"
import { RECIPIENT_DOMAIN, RECIPIENTS } from "./load-protocol.ts"
import { requirePasses, type Side } from "./side.ts"

export interface LetterkeepOptions {
  /** 127.0.0.1:port of the DNS server: screening is on. */
  readonly resolver: string | undefined
  /** Folder for a CPU profile of the server, written when it stops. */
  readonly profile: string | undefined
  /** Another repository than this one, and what it is called. */
  readonly other?: { readonly name: string; readonly root: string }
}

/** Requests to the control door at a time: the server hashes at most four passwords at once. */
const AT_ONCE = 4

export interface LetterkeepSide extends Side {
  readonly dataFolder: string
  /** What `./letterkeep` does, without a process for each call. */
  command(name: string, values: Readonly<Record<string, unknown>>): Promise<unknown>
}

export async function startLetterkeep(options: LetterkeepOptions): Promise<LetterkeepSide> {
  const server = await startServer({
    config: {
      smtp: { authentication: options.resolver !== undefined, hostname: `mx.${RECIPIENT_DOMAIN}` },
      ...(options.resolver === undefined ? {} : { dns: { resolver: options.resolver } }),
    },
    ...(options.other === undefined ? {} : { root: options.other.root }),
    environment:
      options.profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${options.profile}` },
  })
  try {
    await command(server, "org.add", { name: "Bench" })
    await command(server, "domain.add", { domain: RECIPIENT_DOMAIN })
    await forEachPerson(async address => {
      await command(server, "account.add", { address, password: passwordOf(address) })
    })
  } catch (error) {
    await server.stop()
    throw error
  }
  const { database, server: own } = server.pids()
  return {
    name: options.other?.name ?? "Letterkeep",
    port: server.smtp.port,
    trees: [
      { program: "Node", pid: own },
      ...(database === undefined ? [] : [{ program: "PostgreSQL", pid: database }]),
    ],
    delivered: async () => undefined,
    count: () => countAll(server),
    checkScreened: () => checkScreened(server),
    complaints: async () => {
      const lines = (await server.log()).split("\n")
      return lines
        .filter(line => !line.includes('"info"'))
        .slice(-20)
        .join("\n")
    },
    stop: () => server.stop(),
    dataFolder: server.dataFolder,
    command: (name, values) => command(server, name, values),
  }
}

function passwordOf(address: string): string {
  return `correct horse ${address.length} battery ${address.replace(/\D/g, "")} staple`
}

async function forEachPerson(work: (address: string) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < RECIPIENTS) await work(`user${next++}@${RECIPIENT_DOMAIN}`)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** What `./letterkeep` does, without a process for each call. */
async function command(
  server: RunningServer,
  name: string,
  values: Readonly<Record<string, unknown>>,
  onBytes: (chunk: Uint8Array) => void = () => undefined,
): Promise<unknown> {
  const sink = {
    progress: () => undefined,
    bytes: async (chunk: Uint8Array) => onBytes(chunk),
  }
  const answer = await ask(server.dataFolder, { command: name, arguments: values }, sink)
  if (answer.kind === "done") return answer.value
  throw new Error(`${name}: ${answer.kind === "failed" ? answer.message : "no last word"}`)
}

async function countAll(server: RunningServer): Promise<number> {
  let total = 0
  await forEachPerson(async address => {
    const mails = await rawMail(server, address)
    total += mails.length
  })
  return total
}

/** Each message that this person can open, its bytes cut at the envelope lines of mboxrd. */
async function rawMail(server: RunningServer, address: string): Promise<readonly string[]> {
  const pieces: Uint8Array[] = []
  await command(server, "read", { address, password: passwordOf(address), raw: true }, chunk => {
    pieces.push(Buffer.from(chunk))
  })
  return Buffer.concat(pieces)
    .toString("latin1")
    .split(/^From /m)
    .slice(1)
}

async function checkScreened(server: RunningServer): Promise<void> {
  const [first = ""] = await rawMail(server, `user0@${RECIPIENT_DOMAIN}`)
  const header = first.slice(0, first.indexOf("\r\n\r\n"))
  requirePasses("Letterkeep", header)
}
