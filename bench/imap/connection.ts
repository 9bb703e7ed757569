/**
 * An IMAP client that does as little as it can, so that the server is what is measured: it looks for the tag of the
 * command that it waits for, and at nothing else of what comes. Tags are words that no message of the corpus holds.
 */
import { connect, type Socket } from "node:net"

interface Waiting {
  readonly tag: Buffer
  /** Where everything before the tagged line goes, for who wants to read it. */
  readonly kept: Buffer[] | undefined
  resolve(kept: Buffer): void
  reject(error: Error): void
}

const nothing: Buffer = Buffer.alloc(0)
/** Octets of a tag and the space behind it. */
const tagLength = 9
/** A literal of more octets waits for the server, unless that said LITERAL+ (RFC 7888 §5). */
const atOnce = 4_096

export class Connection {
  readonly #socket: Socket
  readonly #queue: Waiting[] = []
  #rest = nothing
  #tags = 0
  #literalPlus = false
  #goOn: (() => void) | undefined
  /** All that came. */
  octets = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on("data", (chunk: Buffer) => this.#read(chunk))
    const end = (error: Error) => {
      for (const waiting of this.#queue.splice(0)) waiting.reject(error)
    }
    socket.on("error", end)
    socket.on("close", () => end(new Error("the server hung up")))
  }

  /** Connected and signed in; with `mailbox`, that is selected. */
  static async open(where: Where): Promise<Connection> {
    const socket = connect({ host: "127.0.0.1", port: where.port, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      socket.once("data", () => resolve())
      socket.once("error", reject)
    })
    const connection = new Connection(socket)
    await connection.command(`LOGIN "${where.user}" "${where.password}"`)
    const said = await connection.read("CAPABILITY")
    connection.#literalPlus = /LITERAL\+/.test(said.toString("latin1"))
    if (where.mailbox !== undefined) await connection.command(`SELECT "${where.mailbox}"`)
    return connection
  }

  /** Resolves at its OK; rejects with the line of a NO or BAD. */
  async command(words: string): Promise<void> {
    await this.#send(words, undefined)
  }

  /** The same, with what the server said before the tagged line. */
  read(words: string): Promise<Buffer> {
    return this.#send(words, [])
  }

  /** Several messages in one command (RFC 3502). */
  async append(mailbox: string, messages: readonly Buffer[]): Promise<void> {
    const tag = this.#nextTag()
    const done = this.#wait(tag, undefined)
    let line = `${tag}APPEND "${mailbox}"`
    for (const message of messages) {
      const plus = this.#literalPlus || message.length <= atOnce ? "+" : ""
      this.#socket.write(`${line} {${message.length}${plus}}\r\n`)
      if (plus === "") await Promise.race([new Promise<void>(resolve => (this.#goOn = resolve)), done])
      this.#socket.write(message)
      line = ""
    }
    this.#socket.write("\r\n")
    await done
  }

  async close(): Promise<void> {
    await this.command("LOGOUT").catch((error: Error) => {
      // some hang up before the tagged line is out
      if (error.message !== "the server hung up") throw error
    })
    this.#socket.destroy()
  }

  #nextTag(): string {
    this.#tags += 1
    return `Zq${this.#tags.toString(36).padStart(tagLength - 3, "0")} `
  }

  #send(words: string, kept: Buffer[] | undefined): Promise<Buffer> {
    const tag = this.#nextTag()
    this.#socket.write(`${tag}${words}\r\n`, "latin1")
    return this.#wait(tag, kept)
  }

  #wait(tag: string, kept: Buffer[] | undefined): Promise<Buffer> {
    return new Promise((resolve, reject) =>
      this.#queue.push({ tag: Buffer.from(tag, "latin1"), kept, resolve, reject }),
    )
  }

  #read(chunk: Buffer): void {
    this.octets += chunk.length
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (this.#goOn !== undefined && bytes[0] === 0x2b) {
      this.#goOn()
      this.#goOn = undefined
      bytes = bytes.subarray(bytes.indexOf("\n") + 1)
    }
    for (;;) {
      const [waiting] = this.#queue
      if (waiting === undefined) break
      const at = bytes.indexOf(waiting.tag)
      if (at === -1) {
        const cut = Math.max(0, bytes.length - tagLength)
        waiting.kept?.push(bytes.subarray(0, cut))
        this.#rest = bytes.subarray(cut)
        return
      }
      const end = bytes.indexOf("\r\n", at, "latin1")
      if (end === -1) {
        waiting.kept?.push(bytes.subarray(0, at))
        this.#rest = bytes.subarray(at)
        return
      }
      this.#queue.shift()
      waiting.kept?.push(bytes.subarray(0, at))
      this.#settle(waiting, bytes.toString("latin1", at + tagLength, end))
      bytes = bytes.subarray(end + 2)
    }
    this.#rest = nothing
  }

  #settle(waiting: Waiting, line: string): void {
    if (line.startsWith("OK")) waiting.resolve(Buffer.concat(waiting.kept ?? []))
    else waiting.reject(new Error(`the server said: ${line}`))
  }
}

export interface Where {
  readonly port: number
  readonly user: string
  readonly password: string
  readonly mailbox?: string
}
