/**
 * The sink: a mail server that takes everything, looks at nothing but where a mail ends and for whom it is, and drops it.
 * Forked by the bench. It offers what Postfix offers by itself, TLS apart.
 */
import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { FAR_DOMAINS, farAddress } from "./plan.ts"
import type { SinkOrder, SinkReport } from "./sink-protocol.ts"

const LF = 10
const END = Buffer.from("\r\n.\r\n")
const GREETING = "220 sink.example ESMTP\r\n"
const HELLO = [
  "sink.example",
  "PIPELINING",
  "SIZE 10240000",
  "ENHANCEDSTATUSCODES",
  "8BITMIME",
  "DSN",
  "CHUNKING",
]
  .map((word, at, all) => `250${at === all.length - 1 ? " " : "-"}${word}\r\n`)
  .join("")
const RECIPIENT = /^RCPT TO:<n(\d+)@/i

const sockets = new Set<Socket>()
const waiting = new Set<Socket>()
let isOpen = true
let taken = 0
let wanted = 0
const different = new Set<number>()
/** The first mail since the count began. */
let first: Buffer[] = []

function forget(): void {
  taken = 0
  different.clear()
  first = []
}

function take(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0)
  let mode: "line" | "data" | "chunk" = "line"
  let left = 0
  let isLast = false
  let recipient = -1
  let pieces: Buffer[] | undefined

  const keep = (bytes: Buffer): void => {
    pieces?.push(bytes)
  }
  const mailEnds = (): void => {
    mode = "line"
    if (taken === 0 && pieces !== undefined) first = pieces
    taken++
    pieces = undefined
    different.add(recipient)
    socket.write("250 2.0.0 Ok: taken\r\n")
    if (different.size === wanted) {
      wanted = 0
      send({ kind: "reached" })
    }
  }
  const command = (line: string): string => {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === "MAIL") {
      if (taken === 0) pieces = []
      return "250 2.1.0 Ok\r\n"
    }
    if (verb === "RCPT") {
      recipient = Number(RECIPIENT.exec(line)?.[1] ?? -1)
      return "250 2.1.5 Ok\r\n"
    }
    if (verb === "DATA") {
      mode = "data"
      return "354 End data with <CR><LF>.<CR><LF>\r\n"
    }
    if (verb === "BDAT") {
      const [, octets = "0", last] = line.trimEnd().split(" ")
      mode = "chunk"
      left = Number(octets)
      isLast = last !== undefined
      return ""
    }
    if (verb === "EHLO") return HELLO
    if (verb === "QUIT") return "221 2.0.0 Bye\r\n"
    return verb === "RSET" ? "250 2.0.0 Ok\r\n" : "502 5.5.2 What?\r\n"
  }
  /** Takes what it can of the bytes; returns what is left. */
  const step = (bytes: Buffer): Buffer | undefined => {
    if (mode === "chunk") {
      const piece = bytes.subarray(0, left)
      keep(piece)
      left -= piece.length
      if (left > 0) return undefined
      if (isLast) mailEnds()
      else {
        mode = "line"
        socket.write("250 2.0.0 Ok\r\n")
      }
      return bytes.subarray(piece.length)
    }
    if (mode === "data") {
      const end = bytes.indexOf(END)
      if (end === -1) {
        // The end may be cut in two: its beginning is looked at again.
        const kept = Math.max(0, bytes.length - END.length + 1)
        keep(bytes.subarray(0, kept))
        rest = bytes.subarray(kept)
        return undefined
      }
      keep(bytes.subarray(0, end + 2))
      mailEnds()
      return bytes.subarray(end + END.length)
    }
    let answers = ""
    let start = 0
    while (mode === "line") {
      const end = bytes.indexOf(LF, start)
      if (end === -1) break
      const line = bytes.toString("latin1", start, end)
      start = end + 1
      answers += command(line)
      if (answers.startsWith("221")) {
        socket.end(answers)
        return undefined
      }
    }
    if (answers !== "") socket.write(answers)
    const unread = bytes.subarray(start)
    if (mode !== "line") return unread
    rest = unread
    return undefined
  }

  socket.on("data", (chunk: Buffer) => {
    let bytes: Buffer | undefined = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    rest = Buffer.alloc(0)
    while (bytes !== undefined && bytes.length > 0) bytes = step(bytes)
  })
}

function welcome(socket: Socket): void {
  sockets.add(socket)
  socket.on("error", () => socket.destroy())
  socket.on("close", () => {
    sockets.delete(socket)
    waiting.delete(socket)
  })
  take(socket)
  if (isOpen) socket.write(GREETING)
  else waiting.add(socket)
}

function obey(order: SinkOrder): void {
  switch (order.kind) {
    case "close":
      isOpen = false
      forget()
      for (const socket of sockets) socket.destroy()
      send({ kind: "done" })
      return
    case "open":
      if (isOpen) forget()
      isOpen = true
      wanted = order.total
      for (const socket of waiting) socket.write(GREETING)
      waiting.clear()
      send({ kind: "done" })
      return
    case "tell": {
      const { user, system } = process.cpuUsage()
      const text = Buffer.concat(first).toString("latin1")
      send({ kind: "told", taken, different: different.size, first: text, cpu: (user + system) / 1e6 })
    }
  }
}

function send(report: SinkReport): void {
  process.send?.(report)
}

async function listen(ip: string, port: number): Promise<Server> {
  const server = createServer({ noDelay: true }, welcome)
  server.listen(port, ip)
  await once(server, "listening")
  return server
}

const one = await listen(farAddress(0), 0)
const { port } = one.address() as AddressInfo // it listens on TCP
for (let no = 1; no < FAR_DOMAINS; no++) await listen(farAddress(no), port)
process.on("message", obey)
process.once("disconnect", () => process.exit())
send({ kind: "listening", port })
