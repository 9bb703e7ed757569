import type { Capabilities } from "./capabilities.ts"
import type { Envelope } from "./envelope.ts"
import type { ClientEvent, ClientOptions, ClientWaiting, Tls } from "./events.ts"
import type { FarReply } from "./far-reply.ts"
import type { ClientLimits } from "./limits.ts"
import { findObstacle } from "./obstacles.ts"
import { createOpening, type Opened, type Opening } from "./opening.ts"
import type { ClientEnd, ClientStep, FarFault } from "./outcome.ts"
import { createReplyReader, type ReplyReader } from "./reply-reader.ts"
import { createTransaction, type Heard, type Transaction } from "./transaction.ts"
import type { Expected, Wire } from "./wire.ts"

type Phase = "talking" | "handshake" | "challenged" | "ready" | "ended"

const nothing = new Uint8Array(0)

/**
 * The sending side of SMTP for one connection, without a connection (RFC 5321 §3): what the far side says goes in by
 * `push`, events come out of `next`, and what is to be written gathers in `output`. Envelopes are given one after
 * another, each when the client is `ready`; the text of a message is asked for piece by piece and never held.
 *
 * Promises: the same octets give the same events however they were cut, as far as the owner had its turn in the same
 * places; no octet of the far side makes it throw; what it holds of them is what was pushed since `next` last returned
 * undefined, or one reply; each recipient of an envelope that was taken has one outcome, told before `closing`;
 * nothing of a message goes out before a recipient was granted, by DATA nothing before 354, and its end only after a
 * whole text with CRLF line ends. After a fault nothing more is written.
 */
export class SmtpClient {
  readonly #limits: ClientLimits
  readonly #reader: ReplyReader
  readonly #opening: Opening
  readonly #wire: Wire
  readonly #events: ClientEvent[] = []
  readonly #expected: Expected[] = [{ step: "greeting" }]
  #output: Uint8Array[] = []
  #phase: Phase = "talking"
  #tls: Tls | undefined
  #capabilities: Capabilities | undefined
  #transactions = 0
  #current: { readonly envelope: Envelope; readonly transaction: Transaction } | undefined
  /** The far side may hold a transaction that is none of ours any more. */
  #open = false
  #textWanted = false

  constructor(options: ClientOptions) {
    this.#limits = options.limits
    this.#reader = createReplyReader(options.limits)
    this.#tls = options.secure
    this.#wire = {
      say: (line, expected) => {
        this.#output.push(Buffer.from(`${line}\r\n`, "utf8"))
        this.#expected.push(expected)
      },
      write: bytes => this.#output.push(bytes),
      expect: expected => this.#expected.push(expected),
    }
    this.#opening = createOpening(options, options.limits, this.#wire, options.secure !== undefined)
  }

  /** What is to come next; `clientWaits` says how long it may take. */
  get waitingFor(): ClientWaiting {
    if (this.#phase === "handshake") return "handshake"
    if (this.#phase !== "talking") return "owner"
    if (this.#current?.transaction.wantsText === true) return "text"
    return this.#expected[0]?.step ?? "owner"
  }

  /** Octets of the far side that were pushed and not read yet. */
  get waiting(): number {
    return this.#reader.waiting
  }

  /** Takes octets of the far side; they must not change afterwards. */
  push(bytes: Uint8Array): void {
    if (this.#phase === "ended" || bytes.length === 0) return
    // RFC 3207 §5: what comes in the clear after the 220 is somebody else's.
    if (this.#phase === "handshake") this.#fault("starttls", "talks-before-tls")
    else this.#reader.push(bytes)
  }

  /** The next event, or undefined: octets or the owner's word are missing, or it is all over. */
  next(): ClientEvent | undefined {
    for (;;) {
      const event = this.#events.shift()
      if (event !== undefined) return event
      if (this.#phase === "ended" || this.#phase === "handshake") return undefined
      if (this.#phase === "challenged") {
        if (this.#reader.waiting <= this.#limits.replyBytes) return undefined
        this.#fault("auth", "unsolicited-reply")
        continue
      }
      const read = this.#reader.next()
      if (read.kind === "reply") this.#hear(read.reply)
      else if (read.kind === "fault") this.#fault(this.#step(), read.fault)
      else return this.#askForText()
    }
  }

  /** What is to be written since the last call; empty where there is nothing. */
  output(): Uint8Array {
    const pieces = this.#output
    if (pieces.length === 0) return nothing
    this.#output = []
    return pieces.length === 1 ? (pieces[0] ?? nothing) : Buffer.concat(pieces)
  }

  /** Begins a transaction; only when `ready`. Throws where the envelope is out of form. */
  send(envelope: Envelope): void {
    this.#mustBeReady()
    if (envelope.recipients.length === 0 || envelope.recipients.length > this.#limits.recipients)
      throw new RangeError("an envelope has one recipient at least, and not more than the limit")
    const capabilities = this.#known()
    const obstacle = findObstacle(envelope, capabilities, this.#tls)
    if (obstacle !== undefined) {
      const outcomes = envelope.recipients.map(() => obstacle)
      this.#events.push(
        { kind: "transaction-over", envelope, outcomes, dsnPassedOn: false },
        this.#readyEvent(),
      )
      return
    }
    const transaction = createTransaction(envelope, capabilities, this.#limits, this.#wire, this.#open)
    this.#phase = "talking"
    this.#transactions += 1
    this.#current = { envelope, transaction }
    transaction.begin()
  }

  /** Says goodbye; only when `ready`. */
  quit(): void {
    this.#mustBeReady()
    this.#phase = "talking"
    this.#wire.say("QUIT", { step: "quit" })
  }

  /** TLS stands, and what was heard before is forgotten. */
  secured(tls: Tls): void {
    if (this.#phase !== "handshake") throw new Error("no handshake is under way")
    this.#phase = "talking"
    this.#tls = tls
    this.#opening.secured()
  }

  /** Answers the challenge; `undefined` takes the exchange back: RFC 4954 §4. */
  respond(message: Uint8Array | undefined): void {
    if (this.#phase === "ended") return
    if (this.#phase !== "challenged") throw new Error("nothing was challenged")
    this.#phase = "talking"
    this.#opening.respond(message)
  }

  /**
   * The next piece of the text, which must not change afterwards; `last` with the last one, which may be empty. False
   * where it was not taken: the far side has said no meanwhile or is gone, or the text is unfit; events tell which.
   */
  give(piece: Uint8Array, last: boolean): boolean {
    if (piece.length > this.#limits.textPiece) throw new RangeError("a piece of text is too long")
    const transaction = this.#current?.transaction
    if (!this.#textWanted || transaction === undefined) return false
    this.#textWanted = false
    if (!transaction.wantsText) return false
    if (transaction.give(piece, last)) return true
    this.#end({ kind: "broken-off" })
    return false
  }

  /** The owner says that the connection is gone: closed, timed out, or a handshake that failed. */
  lost(): void {
    if (this.#phase === "ended") return
    const step = this.#step()
    this.#abandon(step, undefined)
    this.#end({ kind: "lost", step: this.#phase === "handshake" ? "handshake" : step })
  }

  #hear(reply: FarReply): void {
    const step = this.#step()
    const expected = this.#expected.shift()
    // RFC 5321 §3.8: whatever was asked, the far side goes away.
    if (reply.code === 421) {
      this.#abandon(step, reply)
      this.#end({ kind: "refused", step, reply })
    } else if (expected === undefined) this.#fault(step, "unsolicited-reply")
    else if (expected.step === "quit") this.#end({ kind: "quit" })
    else if (this.#current !== undefined) this.#follow(step, this.#current.transaction.hear(expected, reply))
    else this.#proceed(expected.step, this.#opening.hear(expected.step, reply))
  }

  /** What a reply meant in the opening. */
  #proceed(step: ClientStep, opened: Opened): void {
    switch (opened.kind) {
      case "goes-on":
        return
      case "start-tls":
        if (this.#reader.waiting > 0) {
          this.#fault(step, "talks-before-tls")
          return
        }
        this.#phase = "handshake"
        this.#events.push(opened)
        return
      case "challenge":
        this.#phase = "challenged"
        this.#events.push(opened)
        return
      case "ready":
        this.#capabilities = opened.capabilities
        this.#becomeReady()
        return
      case "fault":
        this.#fault(step, opened.fault)
        return
      case "end":
        // Nobody waits for the answer: RFC 5321 §4.1.1.10 wants the word to be said.
        this.#output.push(Buffer.from("QUIT\r\n", "latin1"))
        this.#end(opened.end)
    }
  }

  /** What a reply meant in a transaction. */
  #follow(step: ClientStep | "ready", heard: Heard): void {
    switch (heard.kind) {
      case "goes-on":
        return
      case "fault":
        this.#fault(step, heard.fault)
        return
      case "over":
        this.#open = heard.open
        this.#tellOutcomes()
        this.#becomeReady()
    }
  }

  #becomeReady(): void {
    const most = Math.min(this.#limits.transactions, this.#known().mailMax ?? Number.POSITIVE_INFINITY)
    this.#phase = "ready"
    if (this.#transactions >= most) this.quit()
    else this.#events.push(this.#readyEvent())
  }

  #readyEvent(): ClientEvent {
    return { kind: "ready", capabilities: this.#known(), secure: this.#tls !== undefined }
  }

  #askForText(): ClientEvent | undefined {
    const wanted = this.#current?.transaction.wantsText === true
    if (!wanted || this.#textWanted || this.#output.length > 0) return undefined
    this.#textWanted = true
    return { kind: "text-wanted" }
  }

  #tellOutcomes(): void {
    if (this.#current === undefined) return
    const { envelope, transaction } = this.#current
    this.#current = undefined
    this.#textWanted = false
    const dsnPassedOn = this.#known().dsn
    this.#events.push({ kind: "transaction-over", envelope, outcomes: transaction.outcomes(), dsnPassedOn })
  }

  #fault(step: ClientStep | "ready", fault: FarFault): void {
    this.#abandon(step, undefined)
    this.#end({ kind: "fault", step, fault })
  }

  /** Nothing more is to be written, and what is open of a transaction ends with `reply` or without one. */
  #abandon(step: ClientStep | "ready", reply: FarReply | undefined): void {
    this.#output = []
    if (step !== "ready") this.#current?.transaction.abandon(step, reply)
  }

  #end(end: ClientEnd): void {
    this.#tellOutcomes()
    this.#phase = "ended"
    this.#expected.length = 0
    this.#reader.clear()
    this.#events.push({ kind: "closing", end })
  }

  #step(): ClientStep | "ready" {
    if (this.#phase === "ready") return "ready"
    if (this.#current?.transaction.wantsText === true) return "text"
    return this.#expected[0]?.step ?? "ready"
  }

  #mustBeReady(): void {
    if (this.#phase !== "ready") throw new Error("the client is not ready")
  }

  #known(): Capabilities {
    if (this.#capabilities === undefined) throw new Error("nobody was greeted")
    return this.#capabilities
  }
}
