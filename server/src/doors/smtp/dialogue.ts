import type { Receiver, Reply, Request } from "@letterkeep/smtp"
import { type PeerWord, peerWord } from "../../privacy/index.ts"
import { hearSender } from "./envelope.ts"
import type { House } from "./house.ts"
import type { Manners } from "./manners.ts"
import type { MessageInFlight } from "./message-in-flight.ts"
import { goodbye, messageMayCome, noRoom, replyToOutcome } from "./replies.ts"
import type { Begun, Known, Service, Verdict } from "./service.ts"

/** What the dialogue needs of its connection. */
export interface Floor {
  /** Answers the question that is open; `farewell` ends the connection behind it. */
  readonly answer: (reply: Reply, farewell?: Reply) => void
  /** The house failed: the connection ends. */
  readonly failed: (error: unknown) => void
  readonly startTls: () => void
  /** The last of all was read. */
  readonly closing: () => void
  readonly tls: () => Known["tls"]
}

/**
 * What one peer asks, one thing after the other, and who is asked for the answer: the service for senders, recipients,
 * messages and sign-ins, the connection for what concerns itself.
 */
export class Dialogue {
  readonly #house: Pick<House, "figures">
  readonly #receiver: Receiver
  readonly #service: Service
  readonly #manners: Manners
  readonly #floor: Floor
  #hello: "EHLO" | "HELO" = "HELO"
  #helo: PeerWord | undefined
  #message: MessageInFlight | undefined
  #messages = 0

  constructor(
    house: Pick<House, "figures">,
    receiver: Receiver,
    service: Service,
    manners: Manners,
    floor: Floor,
  ) {
    this.#house = house
    this.#receiver = receiver
    this.#service = service
    this.#manners = manners
    this.#floor = floor
  }

  /** The message under way, if one is. */
  get message(): Pick<MessageInFlight, "isTooSlow"> | undefined {
    return this.#message
  }

  /** Has the peer said EHLO or HELO? */
  get isGreeted(): boolean {
    return this.#helo !== undefined
  }

  /** Messages that came to their end. */
  get messages(): number {
    return this.#messages
  }

  /** True where the peer has asked for something; false where octets of its message came. */
  serve(request: Request): boolean {
    if (request.kind !== "auth-response") this.#service.signIn?.giveUp()
    switch (request.kind) {
      case "message-bytes":
        return this.#write(request.bytes)
      case "hello":
        this.#hello = request.verb
        this.#helo = peerWord(request.name)
        this.forget()
        return true
      case "auth":
        this.#whenKnown(this.#service.signIn?.begin(request.mechanism, request.initial), verdict => {
          if (verdict !== undefined) this.#take(verdict)
        })
        return true
      case "auth-response":
        this.#service.signIn?.respond(request.text)
        return true
      case "mail":
        this.#whenKnown(this.#service.sender(hearSender(request.sender)), verdict => this.#take(verdict))
        return true
      case "rcpt":
        this.#whenKnown(this.#service.recipient(request.recipient), verdict => this.#take(verdict))
        return true
      case "message-begin":
        this.#begin(request.by)
        return true
      case "message-end":
        this.#finish()
        return true
      case "message-refused":
        this.#house.figures.messages.broken.add()
        this.forget()
        this.#manners.broke(request.fault)
        return true
      case "starttls":
        this.#floor.startTls()
        return true
      case "reset":
        this.forget()
        return true
      case "fault":
        this.#manners.broke(request.fault)
        if (request.verb === "DATA" && this.#receiver.waiting > 0) this.#receiver.end(goodbye["lost-framing"])
        return true
      case "closing":
        this.forget()
        this.#manners.ended(request.why)
        this.#floor.closing()
        return true
      case "idle":
      case "auth-cancelled":
        return true
    }
  }

  /** Ends the transaction, and the message with it. */
  forget(): void {
    this.#message?.abandon()
    this.#message = undefined
    this.#service.forget()
  }

  #whenKnown<T>(answer: T | Promise<T>, then: (answer: T) => void): void {
    if (answer instanceof Promise) answer.then(then, (error: unknown) => this.#floor.failed(error))
    else then(answer)
  }

  #take({ reply, bad, farewell }: Verdict): void {
    if (bad !== undefined) this.#manners.mark(bad)
    if (farewell?.why !== undefined) this.#manners.abused(farewell.why)
    this.#floor.answer(reply, farewell?.reply)
  }

  #begin(by: "DATA" | "BDAT"): void {
    const helo = this.#helo
    if (helo === undefined) throw new Error("a message began before EHLO")
    const known = { hello: this.#hello, helo, tls: this.#floor.tls() }
    this.#whenKnown(this.#service.begin(known), begun => this.#begun(begun, by))
  }

  #begun(begun: Begun, by: "DATA" | "BDAT"): void {
    if (begun.kind === "begun") {
      this.#message = begun.message
      this.#floor.answer(messageMayCome)
      return
    }
    // A peer that sent its text without waiting for 354 would now have it read as commands.
    const lost = by === "DATA" && this.#receiver.waiting > 0
    this.#take(lost ? { ...begun.verdict, farewell: { reply: goodbye["lost-framing"] } } : begun.verdict)
  }

  #write(bytes: Uint8Array): boolean {
    if (this.#message?.write(bytes) !== false) return false
    this.#message = undefined
    this.#receiver.refuseMessage(noRoom)
    return true
  }

  /** 250 goes out only after the house said that the message is kept. */
  #finish(): void {
    const message = this.#message
    if (message === undefined) throw new Error("a message ended that was not begun")
    this.#messages += 1
    message.finish().then(
      outcome => {
        this.#house.figures.messages[outcome.kind].add()
        this.#message = undefined
        this.#service.forget()
        this.#floor.answer(replyToOutcome(outcome))
      },
      (error: unknown) => this.#floor.failed(error),
    )
  }
}
