import type { LineAwaited } from "./command-line.ts"
import { commandOf } from "./commands/index.ts"
import type { Fault } from "./fault.ts"
import { createInput, type Input } from "./input.ts"
import { smallChunk } from "./limits.ts"
import { createSkipScan } from "./message/skip-scan.ts"
import { createTextScan, type TextRead, type TextScan } from "./message/text-scan.ts"
import type { Asked, Chunk, Phase, Stepped } from "./phase.ts"
import type { Profile } from "./profile.ts"
import * as replies from "./replies.ts"
import { encodeReply, isPositive, type Reply } from "./reply.ts"
import type { Closing, Question, Request, Sender } from "./request.ts"
import type { Session, SignInOffer, Step } from "./session.ts"

export interface ReceiverOptions {
  /** TLS stood before the first octet. */
  readonly secure?: boolean
  /** Given by a submission server: who sends signs in first. */
  readonly signIn?: SignInOffer
}

/**
 * The receiving side of SMTP for one connection, without a connection: bytes go in by `push`, requests come
 * out of `next`, the owner answers the questions among them, and the replies gather in `output`, so that a
 * pipelined group is answered in one write (RFC 2920 §3.2).
 *
 * Promises: the same bytes give the same requests and replies however they were cut; nothing throws on any
 * input; what it holds of a peer is the pieces pushed since `next` last returned undefined, or one command
 * line; bytes after a fatal fault, after QUIT, or between STARTTLS and the end of the handshake are never read.
 */
export class Receiver {
  readonly #profile: Profile
  readonly #session: Session
  readonly #input: Input
  #output = ""
  #phase: Phase = command
  #scan: TextScan | undefined
  #errors = 0
  /** Octets of texts and chunks since the last whole message, and of lines that were dropped. */
  #unkept = 0

  constructor(profile: Profile, { secure = false, signIn }: ReceiverOptions = {}) {
    this.#profile = profile
    this.#input = createInput({ ...profile.limits, signIn: signIn !== undefined })
    this.#session = {
      profile,
      secure,
      signIn,
      signedIn: false,
      hello: undefined,
      transaction: undefined,
      transactions: 0,
      idleCommands: 0,
    }
  }

  /** Octets that were pushed and not read yet. */
  get waiting(): number {
    return this.#input.waiting
  }

  /** Does the receiver stand still until `answer`? */
  get asking(): boolean {
    return this.#phase.kind === "asked"
  }

  /** Is a message under way, from a granted DATA or first BDAT to its end? */
  get inMessage(): boolean {
    const { kind } = this.#phase
    return kind === "text" || kind === "chunk" || this.#session.transaction?.chunking === true
  }

  /** The greeting of RFC 5321 §4.2: the owner says when, since it may wait for early talkers first. */
  greet(): void {
    this.#say(this.#profile.banner)
  }

  /** Takes bytes of the peer; they must not change afterwards. */
  push(bytes: Uint8Array): void {
    if (this.#phase.kind !== "ended" && this.#phase.kind !== "handshake") this.#input.push(bytes)
  }

  /** The replies since the last call, ready to be written; empty where there are none. */
  output(): Uint8Array {
    if (this.#output === "") return nothing
    const bytes = Buffer.from(this.#output, "latin1")
    this.#output = ""
    return bytes
  }

  /** The next request, or undefined: bytes or an answer are missing, or it is all over. */
  next(): Request | undefined {
    for (;;) {
      const step = this.#step()
      if (step !== "again") return step
    }
  }

  /** Answers the question that `next` gave last. */
  answer(reply: Reply): void {
    const phase = this.#phase
    if (phase.kind !== "asked") throw new Error("nothing was asked")
    this.#phase = command
    this.#settle(phase, reply, isPositive(reply))
  }

  /** The handshake is over: all that was known before is forgotten (RFC 3207 §4.2). */
  secured(): void {
    if (this.#phase.kind !== "handshake") throw new Error("no handshake is under way")
    this.#phase = command
    this.#session.secure = true
    this.#session.signedIn = false
    this.#session.hello = undefined
    this.#session.transaction = undefined
  }

  /** The owner cannot take the message that is coming: the rest is dropped, and `reply` answers it in its time. */
  refuseMessage(reply: Reply): void {
    const { transaction } = this.#session
    if (transaction !== undefined && this.inMessage) transaction.failure ??= reply
  }

  /** Says the last word, such as 421, and reads no more. */
  end(reply: Reply): void {
    if (this.#phase.kind !== "ended") this.#end(reply, "by-owner")
  }

  #step(): Stepped {
    const phase = this.#phase
    switch (phase.kind) {
      case "asked":
      case "handshake":
        return undefined
      case "ended":
        if (phase.told) return undefined
        phase.told = true
        return { kind: "closing", why: phase.why }
      case "command":
        return this.#readCommand("command")
      case "response":
        return this.#readCommand("response")
      case "text":
        return this.waiting === 0 ? undefined : this.#readText()
      case "chunk":
        if (phase.left === 0) return this.#endChunk(phase)
        return this.waiting === 0 ? undefined : this.#readChunk(phase)
    }
  }

  #readCommand(awaited: LineAwaited): Stepped {
    const read = this.#input.line(awaited)
    // Whatever comes in an exchange but the client's answer ends it.
    if (read.kind !== "none") this.#phase = command
    const dropped = this.#input.takeDropped()
    if (dropped > 0 && !this.#mayDrop(dropped)) return "again"
    switch (read.kind) {
      case "none":
        return undefined
      case "line":
        return this.#run(read.verb, read.argument)
      case "response":
        return this.#readResponse(read.text)
      case "bare-newline":
        return this.#fault("bare-newline", replies.bareNewline)
      case "line-too-long":
        return this.#fault(
          "line-too-long",
          awaited === "response" ? replies.responseTooLong : replies.lineTooLong,
        )
      case "unreadable":
        return this.#fault("syntax", replies.unreadable)
    }
  }

  /** RFC 4954 §4: "*" takes the AUTH back. */
  #readResponse(text: string): Stepped {
    if (text === "*") {
      this.#say(replies.signInGivenUp)
      return { kind: "auth-cancelled" }
    }
    const question: Question = { kind: "auth-response", text }
    this.#phase = { kind: "asked", question, chunk: undefined }
    return question
  }

  #run(verb: string, argument: string): Stepped {
    const { run, idle } = commandOf(verb)
    if (idle && verb !== "QUIT" && !this.#maySpend()) return "again"
    const step = run(this.#session, argument)
    switch (step.kind) {
      case "fault":
        return this.#fault(step.fault, step.reply, verb)
      case "answered":
        this.#say(step.reply)
        return step.notice
      case "close":
        this.#end(step.reply, step.why)
        return "again"
      case "ask":
        this.#phase = { kind: "asked", question: step.question, chunk: undefined }
        return step.question
      case "chunk":
        return this.#openChunk(step)
    }
  }

  /** One more idle command; false when there were too many and the connection ends. */
  #maySpend(): boolean {
    this.#session.idleCommands += 1
    if (this.#session.idleCommands <= this.#profile.limits.idleCommands) return true
    this.#end(replies.tooManyCommands, "too-many-commands")
    return false
  }

  #openChunk(step: Extract<Step, { kind: "chunk" }>): Stepped {
    if (step.size < smallChunk && !step.last && !this.#maySpend()) return "again"
    const chunk: Chunk = { kind: "chunk", left: step.size, last: step.last, failure: step.failure }
    const refused = step.failure === undefined ? this.#refuseAhead(step.size) : undefined
    if (step.failure === undefined && refused === undefined) this.#unkept += step.size
    else if (!this.#mayDrop(step.size)) return refused ?? "again"
    if (!step.begin || refused !== undefined) {
      this.#phase = chunk
      return refused ?? "again"
    }
    const question = { kind: "message-begin", by: "BDAT" } as const
    this.#phase = { kind: "asked", question, chunk }
    return question
  }

  /** A chunk that makes its message too big is known by its size. It is dropped, then answered: RFC 3030 §2. */
  #refuseAhead(size: number): Request | undefined {
    const { transaction } = this.#session
    if (transaction === undefined) return undefined
    if (transaction.bytes + size <= this.#profile.limits.messageBytes) return undefined
    transaction.chunking = true
    return this.#refuse("too-big", replies.tooBig)
  }

  /** Counts what is dropped; false when it is too much and the connection ends. */
  #mayDrop(octets: number): boolean {
    this.#unkept += octets
    if (this.#unkept <= this.#profile.limits.swallowedBytes) return true
    this.#end(replies.tooManyOctets, "too-many-octets")
    return false
  }

  #settle({ question, chunk }: Asked, reply: Reply, granted: boolean): void {
    const session = this.#session
    switch (question.kind) {
      case "mail":
        if (granted) this.#open(question.sender)
        break
      case "rcpt":
        if (session.transaction !== undefined) session.transaction[granted ? "recipients" : "refused"] += 1
        break
      case "message-begin":
        this.#begin(chunk, reply, granted)
        return
      case "message-end":
        this.#unkept = 0
        this.#finishTransaction()
        break
      case "auth":
      case "auth-response":
        if (reply.code === 334) this.#phase = { kind: "response" }
        session.signedIn = reply.code === 235
        break
      case "starttls":
        if (!granted) break
        this.#phase = { kind: "handshake" }
        this.#input.clear() // what was sent in the clear is not known any more: RFC 3207 §4.2
        break
    }
    this.#say(reply)
  }

  #open(sender: Sender): void {
    this.#session.transactions += 1
    this.#session.transaction = {
      sender,
      recipients: 0,
      refused: 0,
      bytes: 0,
      chunking: false,
      failure: undefined,
    }
  }

  #begin(chunk: Chunk | undefined, reply: Reply, granted: boolean): void {
    const { transaction } = this.#session
    if (chunk !== undefined) {
      this.#phase = chunk
      this.#scan = createTextScan(false, this.#profile.limits.textLine)
      if (transaction === undefined) return
      transaction.chunking = true
      if (!granted) transaction.failure = reply
    } else if (granted) {
      this.#phase = { kind: "text" }
      this.#scan = createTextScan(true, this.#profile.limits.textLine)
      this.#say(replies.startMail)
    } else this.#say(reply)
  }

  #readText(): Stepped {
    const read = this.#scan?.read(this.#input.peek(Number.POSITIVE_INFINITY))
    if (read === undefined) throw new Error("text is read with a scan")
    this.#input.advance(read.consumed)
    const request = this.#take(read)
    if (read.state === "ended") this.#phase = { kind: "chunk", left: 0, last: true, failure: undefined }
    else if (read.state !== "goes-on") this.#scan = createSkipScan()
    // Counted from the first octet, refused or not yet: it must not matter in which piece the rule was broken.
    if (this.#session.transaction?.failure === undefined) this.#unkept += read.consumed
    else this.#mayDrop(read.consumed)
    return request ?? "again"
  }

  #readChunk(phase: Chunk): Stepped {
    const bytes = this.#input.peek(phase.left)
    this.#input.advance(bytes.length)
    phase.left -= bytes.length
    const { transaction } = this.#session
    if (phase.failure !== undefined || transaction === undefined || transaction.failure !== undefined) {
      return "again"
    }
    const read = this.#scan?.read(bytes)
    return (read === undefined ? undefined : this.#take(read)) ?? "again"
  }

  /** Counts and hands out what was read of the message, or tells the rule that it broke. */
  #take(read: TextRead): Request | undefined {
    const { transaction } = this.#session
    if (transaction === undefined || transaction.failure !== undefined) return undefined
    transaction.bytes += read.kept.length + read.before
    if (transaction.bytes > this.#profile.limits.messageBytes) return this.#refuse("too-big", replies.tooBig)
    if (read.state === "bare-newline") return this.#refuse("bare-newline", replies.bareNewlineInText)
    if (read.state === "line-too-long") return this.#refuse("line-too-long", replies.textLineTooLong)
    return read.kept.length === 0 ? undefined : { kind: "message-bytes", bytes: read.kept }
  }

  #refuse(fault: Fault, reply: Reply): Request {
    if (this.#session.transaction !== undefined) this.#session.transaction.failure = reply
    return { kind: "message-refused", fault, reply }
  }

  /** A chunk is over, or the text of DATA, which is taken as a last chunk. */
  #endChunk(phase: Chunk): Stepped {
    const { transaction } = this.#session
    this.#phase = command
    if (phase.last && transaction !== undefined && transaction.failure === undefined && this.#scan?.hangs) {
      const refused = this.#refuse("bare-newline", replies.bareNewlineInText)
      this.#phase = phase
      return refused
    }
    const failure = phase.failure ?? transaction?.failure
    if (failure !== undefined) {
      if (phase.last && phase.failure === undefined) this.#finishTransaction()
      if (phase.failure !== undefined && transaction?.failure === undefined) {
        return this.#fault("order", phase.failure, "BDAT")
      }
      this.#say(failure)
      return "again"
    }
    if (!phase.last) {
      this.#say(replies.chunkTaken)
      return "again"
    }
    const question: Question = { kind: "message-end", bytes: transaction?.bytes ?? 0 }
    this.#phase = { kind: "asked", question, chunk: undefined }
    return question
  }

  #finishTransaction(): void {
    this.#session.transaction = undefined
    this.#session.idleCommands = 0
    this.#scan = undefined
  }

  #fault(fault: Fault, reply: Reply, verb = ""): Request {
    this.#say(reply)
    return { kind: "fault", fault, reply, verb }
  }

  #say(reply: Reply): void {
    this.#output += encodeReply(reply)
    if (reply.code < 500) return
    this.#errors += 1
    if (this.#errors > this.#profile.limits.errors) this.#end(replies.tooManyErrors, "too-many-errors")
  }

  #end(reply: Reply, why: Closing): void {
    if (this.#phase.kind === "ended") return
    this.#phase = { kind: "ended", why, told: false }
    this.#input.clear()
    this.#scan = undefined
    this.#output += encodeReply(reply)
  }
}

const command: Phase = { kind: "command" }
const nothing = new Uint8Array(0)
