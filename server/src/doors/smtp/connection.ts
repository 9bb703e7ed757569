import type { Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import { pathText, Receiver, type Recipient, type Reply, type Request, type Sender } from "@letterkeep/smtp"
import type { EnvelopeRecipient, RecipientAnswer } from "../../flow/index.ts"
import { failure } from "../../ports/log.ts"
import { mailAddress, type PeerWord, peerWord } from "../../privacy/index.ts"
import { cipherOf, type Guest, type Peer, upgrade } from "../entrance/index.ts"
import { abuseOf, type BadMark, badMarkOf, type Why } from "./abuse.ts"
import { type HeardSender, hearSender, makeEnvelope, makeRecipient } from "./envelope.ts"
import type { House } from "./house.ts"
import { type MessageInFlight, openMessage } from "./message-in-flight.ts"
import {
  goodbye,
  messageMayCome,
  noRoom,
  replyToOutcome,
  replyToRecipient,
  senderTaken,
  startTls,
} from "./replies.ts"

/**
 * One peer at the door. The receiver reads; this serves its requests from the house and moves bytes. While a
 * question is open, an answer is delayed, or the peer does not read its replies, nothing is read from it: at
 * most the piece that was on its way already is held.
 */
export class Connection implements Guest {
  readonly #house: House
  readonly #receiver: Receiver
  readonly #peer: Peer<BadMark>
  readonly #openedAt: number
  #socket: Socket
  #tls: { readonly version: string; readonly cipher: string } | undefined
  #hello: "EHLO" | "HELO" = "HELO"
  #helo: PeerWord | undefined
  #sender: HeardSender | undefined
  #recipients: EnvelopeRecipient[] = []
  #message: MessageInFlight | undefined
  /** Calls off the delay of an answer, where one is running. */
  #callOff: (() => void) | undefined
  #stage: "waiting-to-greet" | "open" | "handshake" | "leaving" | "gone" = "waiting-to-greet"
  #peerEnded = false
  #misbehaved = false
  /** A request was served since the time for the next one began. */
  #served = false
  #expiresAt: number
  /** When the last command was served, or the connection opened. */
  #servedAt: number
  #bytes = 0
  #messages = 0

  constructor(house: House, socket: Socket, peer: Peer<BadMark>) {
    this.#house = house
    this.#peer = peer
    this.#receiver = new Receiver(house.profile)
    this.#openedAt = house.time()
    this.#servedAt = this.#openedAt
    this.#expiresAt = this.#openedAt + house.limits.greetingMs
    this.#socket = socket
    this.#listen(socket)
  }

  /** Greets; a source with bad marks waits for it, and shows whether it can. */
  greet(): void {
    const ms = this.#peer.delay()
    if (ms === 0) this.#greetNow()
    else this.#callOff = this.#house.timers.after(ms, () => this.#greetNow())
  }

  /** Bytes that came with the PROXY header. */
  hear(bytes: Buffer): void {
    this.#bytes += bytes.length
    if (this.#stage === "leaving" || this.#stage === "gone") return
    if (this.#stage === "waiting-to-greet") {
      this.#abused("early-talker")
      this.#leave(goodbye["early-talker"])
      return
    }
    this.#receiver.push(bytes)
    if (this.#receiver.asking || this.#callOff !== undefined || this.#isDeaf()) this.#socket.pause()
    else this.#run()
  }

  /** Called every second: ends what takes too long. Our own time, while a question is open, does not count. */
  checkTime(): void {
    const { limits, time } = this.#house
    if (this.#stage === "gone" || (this.#receiver.asking && this.#stage === "open")) return
    const now = time()
    const tooSlow = this.#message === undefined ? now > this.#expiresAt : this.#message.isTooSlow()
    const idle = this.#message === undefined
    const tooOld = idle && now - this.#openedAt > limits.connectionMs
    const inTheWay = idle && this.#house.isCrowded() && now - this.#servedAt > limits.crowdedCommandMs
    if (!tooSlow && !tooOld && !inTheWay) return
    if (this.#stage === "leaving" || this.#stage === "handshake") {
      this.#socket.destroy()
      return
    }
    if (tooSlow && this.#message !== undefined) this.#abused("too-slow")
    this.#leave(goodbye["too-slow"])
  }

  /** Says 421 where no message is under way; otherwise as soon as it is answered. */
  drain(): void {
    if (this.#message === undefined && !this.#receiver.asking) this.#leave(goodbye.draining)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #listen(socket: Socket): void {
    socket.on("data", this.#onData)
    socket.on("end", this.#onEnd)
    socket.on("drain", this.#onDrain)
    socket.on("close", this.#onClose)
    socket.on("error", this.#onError)
  }

  readonly #onData = (bytes: Buffer): void => this.hear(bytes)

  readonly #onEnd = (): void => {
    this.#peerEnded = true
    if (!this.#receiver.asking && this.#callOff === undefined) this.#flush()
  }

  readonly #onDrain = (): void => {
    if (!this.#receiver.asking && this.#callOff === undefined) this.#run()
  }

  readonly #onError = (error: Error): void => {
    if (this.#stage === "handshake") {
      this.#house.log.event("smtp.tls-failed", { connection: this.#peer.connection, error: failure(error) })
    }
    this.#socket.destroy()
  }

  readonly #onClose = (): void => {
    if (this.#stage === "gone") return
    this.#stage = "gone"
    this.#callOff?.()
    this.#message?.abandon()
    this.#message = undefined
    this.#house.log.event("smtp.closed", {
      connection: this.#peer.connection,
      ms: this.#house.time() - this.#openedAt,
      bytes: this.#bytes,
      messages: this.#messages,
    })
    this.#peer.onGone()
  }

  #greetNow(): void {
    this.#callOff = undefined
    if (this.#stage !== "waiting-to-greet") return
    this.#stage = "open"
    this.#receiver.greet()
    this.#flush()
  }

  /** Serves all that the receiver has; the one place that catches. */
  #run(): void {
    try {
      for (let request = this.#receiver.next(); request !== undefined; request = this.#receiver.next()) {
        this.#serve(request)
      }
    } catch (error) {
      this.#failed(error)
      return
    }
    if (this.#receiver.asking || this.#stage === "gone") return
    if (this.#served) this.#touch()
    const ms = this.#misbehaved ? this.#peer.delay() : 0
    this.#misbehaved = false
    if (ms === 0) this.#flush()
    else {
      this.#socket.pause()
      this.#callOff = this.#house.timers.after(ms, () => {
        this.#callOff = undefined
        this.#flush()
        if (this.#receiver.waiting > 0) this.#run()
      })
    }
  }

  /** Goes on after a question was answered out of turn. */
  #goOn(reply: Reply): void {
    if (this.#stage === "gone") return
    this.#receiver.answer(reply)
    this.#run()
  }

  #serve(request: Request): void {
    // Octets of a message are held to the time of the message.
    if (request.kind !== "message-bytes") this.#served = true
    switch (request.kind) {
      case "hello":
        this.#hello = request.verb
        this.#helo = peerWord(request.name)
        this.#forget()
        return
      case "mail":
        this.#takeSender(request.sender)
        return
      case "rcpt":
        this.#askForRecipient(request.recipient)
        return
      case "message-begin":
        this.#begin(request.by)
        return
      case "message-bytes":
        if (this.#message?.write(request.bytes) !== false) return
        this.#message = undefined
        this.#served = true
        this.#receiver.refuseMessage(noRoom)
        return
      case "message-end":
        this.#finish()
        return
      case "message-refused":
        this.#house.figures.messages.broken.add()
        this.#forget()
        this.#bad(request)
        return
      case "starttls":
        this.#startTls()
        return
      case "reset":
        this.#forget()
        return
      case "fault":
        this.#bad(request)
        if (request.verb === "DATA" && this.#receiver.waiting > 0) this.#receiver.end(goodbye["lost-framing"])
        return
      case "closing":
        this.#forget()
        this.#closing(request.why)
        return
      case "idle":
        return
    }
  }

  #takeSender(sender: Sender): void {
    if (this.#house.receive.room() === "low") {
      this.#receiver.answer(noRoom)
      return
    }
    this.#sender = hearSender(sender)
    this.#recipients = []
    this.#receiver.answer(senderTaken)
  }

  #askForRecipient(recipient: Recipient): void {
    this.#house.receive.recipient(mailAddress(pathText(recipient.path)), this.#sender?.size).then(
      answer => this.#takeRecipient(recipient, answer),
      (error: unknown) => this.#failed(error),
    )
  }

  #takeRecipient(recipient: Recipient, answer: RecipientAnswer): void {
    this.#house.figures.recipients[answer.kind].add()
    if (answer.kind === "local") {
      this.#recipients.push(makeRecipient(recipient, answer))
    } else if (answer.kind === "unknown" || answer.kind === "not-ours") this.#mark("unknown-recipient")
    this.#goOn(replyToRecipient(answer))
  }

  #begin(by: "DATA" | "BDAT"): void {
    const sender = this.#sender
    const helo = this.#helo
    if (sender === undefined || helo === undefined || this.#house.receive.room() === "low") {
      this.#receiver.answer(noRoom)
      // A peer that sent its text without waiting for 354 would now have it read as commands.
      if (by === "DATA" && this.#receiver.waiting > 0) this.#receiver.end(goodbye["lost-framing"])
      return
    }
    const { ip, port } = this.#peer
    const envelope = makeEnvelope({
      source: { ip, port },
      hello: this.#hello,
      helo,
      tls: this.#tls,
      sender,
      recipients: this.#recipients,
    })
    this.#message = openMessage(this.#house, this.#house.receive.begin(envelope))
    this.#receiver.answer(messageMayCome)
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
        this.#sender = undefined
        this.#recipients = []
        this.#goOn(replyToOutcome(outcome))
      },
      (error: unknown) => this.#failed(error),
    )
  }

  #startTls(): void {
    const secureContext = this.#house.secureContext()
    if (secureContext === undefined) {
      this.#receiver.answer({ code: 454, enhanced: "4.7.0", text: "TLS is not available now" }) // RFC 3207 §4
      return
    }
    this.#receiver.answer(startTls)
    this.#flush()
    this.#forget()
    if (this.#stage !== "open") return
    const plain = this.#socket
    plain.off("data", this.#onData).off("end", this.#onEnd).off("drain", this.#onDrain)
    plain.off("error", this.#onError)
    this.#stage = "handshake"
    this.#expiresAt = this.#house.time() + this.#house.limits.greetingMs
    const secure = upgrade(plain, secureContext)
    this.#socket = secure
    this.#listen(secure)
    secure.once("secure", () => this.#secured(secure))
  }

  #secured(secure: TLSSocket): void {
    if (this.#stage !== "handshake") return
    this.#stage = "open"
    this.#tls = cipherOf(secure)
    this.#house.figures.tls.add()
    this.#receiver.secured()
    this.#touch()
  }

  /** Ends the transaction, and the message with it. */
  #forget(): void {
    this.#message?.abandon()
    this.#message = undefined
    this.#sender = undefined
    this.#recipients = []
  }

  #bad(request: Extract<Request, { kind: "fault" | "message-refused" }>): void {
    this.#house.figures.faults.add()
    const mark = badMarkOf(request.fault)
    if (mark !== undefined) this.#mark(mark)
    const why = abuseOf(request.fault)
    if (why !== undefined) this.#abused(why)
  }

  #mark(bad: BadMark): void {
    this.#misbehaved = true
    this.#peer.mark(bad)
  }

  #abused(why: Why): void {
    if (why === "early-talker" || why === "too-slow") this.#mark(why)
    this.#house.log.event("smtp.abused", {
      connection: this.#peer.connection,
      source: this.#peer.network,
      why,
    })
  }

  #closing(why: Extract<Request, { kind: "closing" }>["why"]): void {
    if (why === "too-many-errors") this.#abused("errors")
    if (why === "too-many-commands" || why === "too-many-transactions") this.#abused("too-many-commands")
    if (why === "too-many-octets") {
      this.#mark("fault")
      this.#abused(why)
    }
    this.#stage = "leaving"
    this.#expiresAt = this.#house.time() + lingerMs
  }

  #failed(error: unknown): void {
    this.#house.log.event("smtp.failed", { connection: this.#peer.connection, error: failure(error) })
    this.#leave(goodbye.failed)
  }

  #leave(reply: Reply): void {
    if (this.#stage === "gone" || this.#stage === "leaving") return
    this.#callOff?.()
    this.#callOff = undefined
    this.#forget()
    this.#stage = "leaving"
    this.#expiresAt = this.#house.time() + lingerMs
    this.#receiver.end(reply)
    this.#flush()
  }

  /** Writes what is to be said; reads on, or ends the connection. */
  #flush(): void {
    const socket = this.#socket
    if (this.#house.isDraining() && this.#message === undefined && this.#stage === "open") {
      this.#receiver.end(goodbye.draining)
      this.#stage = "leaving"
      this.#expiresAt = this.#house.time() + lingerMs
    }
    const out = this.#receiver.output()
    if (out.length > 0) socket.write(out)
    if (this.#stage === "leaving" || this.#peerEnded) {
      if (!socket.writableEnded) socket.end()
      if (this.#stage !== "leaving") this.#forget()
      socket.resume()
    } else if (!this.#isDeaf() && socket.isPaused()) socket.resume()
  }

  /** Has the peer stopped reading its replies? */
  #isDeaf(): boolean {
    return this.#socket.writableLength > this.#house.limits.unreadReplies
  }

  /** Begins the time for the next command; that for the first EHLO or HELO begins once, with the connection. */
  #touch(): void {
    this.#served = false
    if (this.#stage !== "open" || this.#helo === undefined) return
    this.#servedAt = this.#house.time()
    this.#expiresAt = this.#servedAt + this.#house.limits.commandMs
  }
}

/** How long a peer may take to close its side after our last word. */
const lingerMs = 10_000
