/**
 * The generator: hands in mails over several connections at once, from ready buffers, and looks at nothing of an answer
 * but its code. Forked by the bench.
 */
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { makeMessage, seededRandom } from "../measure/corpus.ts"
import type { GeneratorOrder, GeneratorReport, HandInOrder } from "./hand-in-protocol.ts"
import { FAR_DOMAINS, farDomain, SIZE } from "./plan.ts"

/** Bodies that the mails have in turn. */
const BODIES = 200
/** Of one connection: Letterkeep ends it after 1,000. */
const PER_SESSION = 900
const LF = 10
const SPACE = 32
const OWN = /^(From|To|Message-ID|In-Reply-To): /

interface Progress {
  next: number
  readonly latencies: number[]
}

/** Without the fields that each mail has for itself; no line begins with a dot. */
function makeBodies(): readonly Buffer[] {
  const random = seededRandom(20)
  return Array.from({ length: BODIES }, (_, index) => {
    const text = makeMessage(random, SIZE, index).toString("latin1")
    const head = text.indexOf("\r\n\r\n") + 2
    const fields = text.slice(0, head).split(/(?<=\r\n)/)
    const kept = fields.filter(field => !OWN.test(field)).join("")
    return Buffer.from(`${kept + text.slice(head)}.\r\n`, "latin1")
  })
}

const bodies = makeBodies()
const run = Math.floor(Date.now() / 1_000).toString(36)
let orders = 0

const recipientOf = (no: number): string => `n${no}@${farDomain(no % FAR_DOMAINS)}`

function envelopeOf(from: string, no: number): string {
  return `MAIL FROM:<${from}>\r\nRCPT TO:<${recipientOf(no)}>\r\nDATA\r\n`
}

function fieldsOf(from: string, no: number): string {
  return `From: Bench <${from}>\r\nTo: ${recipientOf(no)}\r\nMessage-ID: <${run}.${orders}.${no}@${from.slice(from.indexOf("@") + 1)}>\r\n`
}

interface Line {
  readonly socket: Socket
  /** The next answer; throws where its code is another, or the connection ends. */
  expect(code: string): Promise<void>
}

function talk(socket: Socket): Line {
  const codes: string[] = []
  let waiting: ((line: string) => void) | undefined
  let rest: Buffer = Buffer.alloc(0)
  const hear = (line: string): void => {
    if (waiting === undefined) codes.push(line)
    else {
      const settle = waiting
      waiting = undefined
      settle(line)
    }
  }
  socket.on("data", (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      if (bytes[start + 3] === SPACE) hear(bytes.toString("latin1", start, end))
      start = end + 1
    }
    rest = bytes.subarray(start)
  })
  socket.once("close", () => hear("closed"))
  return {
    socket,
    async expect(code) {
      const line = codes.shift() ?? (await new Promise<string>(resolve => (waiting = resolve)))
      if (!line.startsWith(code)) throw new Error(`wanted ${code}, got: ${line.trimEnd()}`)
    },
  }
}

async function signIn(port: number, proof: string | undefined): Promise<Line> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true })
  socket.on("error", () => socket.destroy())
  await once(socket, "connect")
  const line = talk(socket)
  await line.expect("220")
  socket.write("EHLO bench.example\r\n")
  await line.expect("250")
  if (proof === undefined) return line
  socket.write(`AUTH PLAIN ${proof}\r\n`)
  await line.expect("235")
  return line
}

/** MAIL, RCPT and DATA of the next mail go out with the end of the one before (RFC 2920 §3.1). */
async function session(line: Line, from: string, count: number, progress: Progress): Promise<void> {
  const { socket } = line
  let no = progress.next++
  socket.write(envelopeOf(from, no), "latin1")
  for (let sent = 1; ; sent++) {
    await line.expect("250")
    await line.expect("250")
    await line.expect("354")
    const body = bodies[no % bodies.length]
    if (body === undefined) throw new Error("there are no bodies")
    const isLast = sent === PER_SESSION || progress.next >= count
    socket.cork()
    socket.write(fieldsOf(from, no), "latin1")
    socket.write(body)
    if (isLast) socket.write("QUIT\r\n")
    else {
      no = progress.next++
      socket.write(envelopeOf(from, no), "latin1")
    }
    socket.uncork()
    const sentAt = performance.now()
    await line.expect("250")
    progress.latencies.push(performance.now() - sentAt)
    if (!isLast) continue
    await line.expect("221")
    socket.end()
    return
  }
}

async function handIn(order: HandInOrder, go: Promise<void>): Promise<GeneratorReport> {
  const { port, count, writers } = order
  orders++
  const lines = await Promise.all(writers.map(({ proof }) => signIn(port, proof)))
  send({ kind: "ready" })
  await go
  const progress: Progress = { next: 0, latencies: [] }
  const cpu = process.cpuUsage()
  const start = performance.now()
  await Promise.all(
    writers.map(async ({ address, proof }, at) => {
      let line = lines[at]
      while (progress.next < count) {
        line ??= await signIn(port, proof)
        await session(line, address, count, progress)
        line = undefined
      }
    }),
  )
  const elapsed = performance.now() - start
  for (const line of lines) line.socket.end()
  const { user, system } = process.cpuUsage(cpu)
  return { kind: "done", elapsed, latencies: progress.latencies, cpu: (user + system) / 1e6 }
}

function send(report: GeneratorReport): void {
  process.send?.(report)
}

let go: () => void = () => undefined
process.on("message", (order: GeneratorOrder) => {
  if (order.kind === "go") return go()
  const gone = new Promise<void>(resolve => (go = resolve))
  handIn(order, gone).then(send, (error: unknown) => send({ kind: "failed", text: String(error) }))
})
