import { createSocket } from "node:dgram"
import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import type { DnsTable } from "@letterkeep/dns"
import { type Answer, AUTHENTIC_DATA, decode, encode, type Packet, RECURSION_AVAILABLE } from "dns-packet"

/**
 * For the resolver's tests: a DNS server on loopback, over UDP and TCP on one port. What it answers is up to its handler:
 * bytes, several datagrams, or silence. `zone` makes a handler from the table that the table resolver takes.
 */
export interface ScriptedDnsServer {
  readonly host: string
  readonly port: number
  /** What was asked, in order. */
  readonly asked: readonly DnsQuestion[]
  close(): Promise<void>
}

export interface DnsQuestion {
  readonly id: number
  /** As asked for, case kept. */
  readonly name: string
  readonly type: string
  readonly over: "udp" | "tcp"
  readonly hasEdns: boolean
}

export type DnsHandler = (question: DnsQuestion) => readonly Buffer[] | Promise<readonly Buffer[]>

export async function startScriptedDnsServer(
  handle: DnsHandler,
  host = "127.0.0.1",
): Promise<ScriptedDnsServer> {
  const asked: DnsQuestion[] = []
  const answer = async (bytes: Buffer, over: "udp" | "tcp"): Promise<readonly Buffer[]> => {
    const query = decode(bytes)
    const [question] = query.questions ?? []
    if (question === undefined) return []
    const hasEdns = query.additionals?.some(record => record.type === "OPT") ?? false
    const one: DnsQuestion = { id: query.id ?? 0, name: question.name, type: question.type, over, hasEdns }
    asked.push(one)
    return handle(one)
  }
  const tcp = createServer(socket => {
    let received = Buffer.alloc(0)
    socket.on("error", () => socket.destroy())
    socket.on("data", async chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
      const query = received.subarray(2)
      received = Buffer.alloc(0)
      for (const reply of await answer(query, "tcp")) {
        const length = Buffer.alloc(2)
        length.writeUInt16BE(reply.length)
        socket.write(Buffer.concat([length, reply]))
      }
    })
  })
  tcp.listen(0, host)
  await once(tcp, "listening")
  const { port } = tcp.address() as AddressInfo // listening on TCP
  const udp = createSocket(host.includes(":") ? "udp6" : "udp4")
  udp.on("message", async (bytes, from) => {
    for (const reply of await answer(bytes, "udp")) udp.send(reply, from.port, from.address)
  })
  udp.bind(port, host)
  await once(udp, "listening")
  return {
    host,
    port,
    asked,
    async close() {
      udp.close()
      tcp.close()
      await once(tcp, "close")
    },
  }
}

export interface Reply {
  readonly rcode?: number
  readonly answers?: readonly Answer[]
  readonly authorities?: readonly Answer[]
  readonly authentic?: boolean
  readonly truncated?: boolean
  /** Instead of the question's own. */
  readonly id?: number
  readonly name?: string
}

/** One response to a question. */
export function reply(question: DnsQuestion, what: Reply): Buffer {
  const flags =
    RECURSION_AVAILABLE |
    (what.authentic === true ? AUTHENTIC_DATA : 0) |
    (what.truncated === true ? 1 << 9 : 0)
  const packet: Packet = {
    type: "response",
    id: what.id ?? question.id,
    flags: flags | (what.rcode ?? 0),
    questions: [{ type: question.type as Answer["type"], name: what.name ?? question.name }], // a type that was decoded
    answers: [...(what.answers ?? [])],
    authorities: [...(what.authorities ?? [])],
  }
  return encode(packet)
}

/** Answers from a table; absences with an SOA. A `fails` entry answers SERVFAIL or REFUSED, or not at all. */
export function zone(table: DnsTable): DnsHandler {
  return question => {
    const name = question.name.toLowerCase()
    const entry = table[name] ?? table[addressOf(name) ?? ""]
    const soa: Answer = {
      type: "SOA",
      name: "",
      ttl: 60,
      data: { mname: "ns.test", rname: "host.test", minimum: 60 },
    }
    if (entry === undefined) return [reply(question, { rcode: 3, authorities: [soa] })]
    if (entry.fails === "servfail") return [reply(question, { rcode: 2 })]
    if (entry.fails === "refused") return [reply(question, { rcode: 5 })]
    if (entry.fails !== undefined) return []
    const head = { name: question.name, ttl: 60 }
    const answers: Answer[] = [
      ...(question.type === "TXT"
        ? (entry.txt ?? []).map(text => ({ ...head, type: "TXT" as const, data: strings(text) }))
        : []),
      ...(question.type === "A" ? (entry.a ?? []).map(data => ({ ...head, type: "A" as const, data })) : []),
      ...(question.type === "AAAA"
        ? (entry.aaaa ?? []).map(data => ({ ...head, type: "AAAA" as const, data }))
        : []),
      ...(question.type === "MX"
        ? (entry.mx ?? []).map(data => ({ ...head, type: "MX" as const, data }))
        : []),
      ...(question.type === "PTR"
        ? (entry.ptr ?? []).map(data => ({ ...head, type: "PTR" as const, data }))
        : []),
      ...(question.type === "TLSA"
        ? (entry.tlsa ?? []).map(({ usage, selector, matching, data }) => ({
            ...head,
            type: "TLSA" as const,
            data: { usage, selector, matchingType: matching, certificate: data },
          }))
        : []),
      ...(question.type === "SRV"
        ? (entry.srv ?? []).map(data => ({ ...head, type: "SRV" as const, data }))
        : []),
      ...(question.type === "CAA"
        ? (entry.caa ?? []).map(({ critical, tag, value }) => ({
            ...head,
            type: "CAA" as const,
            data: { issuerCritical: critical, flags: critical ? 128 : 0, tag: tag as "issue", value },
          }))
        : []),
    ]
    const authentic = entry.authentic ?? false
    const whole = reply(question, answers.length > 0 ? { answers, authentic } : { authorities: [soa] })
    return [question.over === "udp" && whole.length > 1232 ? reply(question, { truncated: true }) : whole]
  }
}

/** Character-strings of at most 255 bytes. */
function strings(text: string): Buffer[] {
  const bytes = Buffer.from(text, "latin1")
  return Array.from({ length: Math.max(1, Math.ceil(bytes.length / 255)) }, (_, at) =>
    bytes.subarray(at * 255, at * 255 + 255),
  )
}

/** The v4 address of an in-addr.arpa name. */
function addressOf(name: string): string | undefined {
  return /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(name)?.slice(1).reverse().join(".")
}
