/**
 * The generator of load: a process of its own that speaks SMTP from ready buffers and looks at nothing of an
 * answer but its code. Forked by the bench with the corpus' description as its argument.
 */
import { readFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import {
  type CorpusFile,
  type LoadOrder,
  type LoadReport,
  RECIPIENT_DOMAIN,
  RECIPIENTS,
} from "./load-protocol.ts"

const LF = 10
const SPACE = 32

interface Letter {
  readonly content: Buffer
  readonly from: string
}

function readCorpus(description: string): readonly Letter[] {
  const corpus: CorpusFile = JSON.parse(readFileSync(description, "utf8"))
  const bytes = readFileSync(corpus.file)
  return corpus.messages.map(({ start, end, from }) => ({ content: bytes.subarray(start, end), from }))
}

/** MAIL, RCPT and DATA in one write (RFC 2920 §3.1: DATA is the last of a group). */
function envelopeOf(letter: Letter, recipient: number): string {
  return `MAIL FROM:<${letter.from}>\r\nRCPT TO:<user${recipient}@${RECIPIENT_DOMAIN}>\r\nDATA\r\n`
}

async function deliver(letters: readonly Letter[], order: LoadOrder): Promise<LoadReport> {
  const latencies: number[] = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  let next = 0
  const worker = async (_: unknown, source: number) => {
    while (next < order.count) {
      const first = next
      const last = Math.min(order.count, first + order.perSession)
      next = last
      await runSession(letters, order, { first, last, source }, latencies)
    }
  }
  await Promise.all(Array.from({ length: order.connections }, worker))
  const elapsed = performance.now() - start
  const used = process.cpuUsage(cpu)
  return { kind: "done", latencies, elapsed, cpu: (used.user + used.system) / 1e6 }
}

interface Session {
  readonly first: number
  readonly last: number
  /** Each connection comes from an address of its own, as mail from the world does: limits by source stay out. */
  readonly source: number
}

/** Codes expected after EHLO, for each message: of the envelope, then of the content. */
const ENVELOPE_CODES = ["250", "250", "354"] as const

function runSession(
  letters: readonly Letter[],
  order: LoadOrder,
  session: Session,
  latencies: number[],
): Promise<void> {
  const { first, last } = session
  return new Promise((resolve, reject) => {
    const localAddress = `127.0.1.${session.source + 1}`
    const socket = connect({ host: "127.0.0.1", port: order.port, localAddress, noDelay: true })
    const expected: string[] = ["220"]
    let at = first
    let sentAt = 0
    const letter = (index: number): Letter => {
      const found = letters[index % letters.length]
      if (found === undefined) throw new Error("the corpus is empty")
      return found
    }
    const sendEnvelope = (index: number) => {
      expected.push(...ENVELOPE_CODES)
      socket.write(envelopeOf(letter(index), (index + order.shift) % RECIPIENTS), "latin1")
    }
    const sendContent = () => {
      socket.cork()
      socket.write(letter(at).content)
      expected.push("250 content")
      if (at + 1 < last) sendEnvelope(at + 1)
      else {
        expected.push("221")
        socket.write("QUIT\r\n")
      }
      socket.uncork()
      sentAt = performance.now()
    }
    const step = (wanted: string) => {
      if (wanted === "220") {
        expected.push("250 hello")
        socket.write("EHLO mail.sender0.example\r\n")
      } else if (wanted === "250 hello") sendEnvelope(first)
      else if (wanted === "354") sendContent()
      else if (wanted === "250 content") {
        latencies.push(performance.now() - sentAt)
        at++
      } else if (wanted === "221") {
        socket.end()
        resolve()
      }
    }
    readReplies(socket, (code, line) => {
      const wanted = expected.shift()
      if (wanted?.startsWith(code) === true) return step(wanted)
      socket.destroy()
      reject(new Error(`wanted ${wanted ?? "nothing"}, got: ${line}`))
    })
    socket.once("error", reject)
    socket.once("close", () => reject(new Error(`closed after ${at - first} messages of a session`)))
  })
}

/** Calls with the last line of each reply; its text is only cut out when a reply is not the one wanted. */
function readReplies(socket: Socket, onReply: (code: string, line: string) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on("data", (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    let end = bytes.indexOf(LF)
    while (end !== -1) {
      if (bytes[start + 3] === SPACE)
        onReply(bytes.toString("latin1", start, start + 3), bytes.toString("latin1", start, end).trimEnd())
      start = end + 1
      end = bytes.indexOf(LF, start)
    }
    rest = bytes.subarray(start)
  })
}

const letters = readCorpus(process.argv[2] ?? "")
process.on("message", (order: LoadOrder) => {
  deliver(letters, order).then(
    report => process.send?.(report),
    (error: unknown) => process.send?.({ kind: "failed", text: String(error) } satisfies LoadReport),
  )
})
process.send?.("ready")
