import type { Socket } from "node:net"
import type { SecureContext } from "node:tls"
import { Receiver, type Reply } from "@letterkeep/smtp"
import { failure } from "../../ports/log.ts"
import { cipherOf, type Guest, type Peer, Wire } from "../entrance/index.ts"
import type { BadMark } from "./abuse.ts"
import { Deadlines } from "./deadlines.ts"
import { Dialogue } from "./dialogue.ts"
import type { House } from "./house.ts"
import { Manners } from "./manners.ts"
import { goodbye, noTlsNow, startTls } from "./replies.ts"
import type { Known, Link, Service } from "./service.ts"

export interface ConnectionOptions {
  /** What the peer's first octets are. */
  readonly begins: "plain" | "tls"
  /** Makes what is asked for this connection. */
  readonly service: (link: Link) => Service
}

/**
 * One peer at the door, from its first octet to its last. The receiver reads; this has its requests served and moves
 * bytes. While a question is open, an answer is delayed, or the peer does not read its replies, nothing is read from
 * it: at most the piece that was on its way already is held.
 *
 * It owns the connection's states and who has the word. What is not that lies beside it: octets (the entrance's `Wire`), time
 * (`deadlines`), conduct (`manners`), what was asked (`dialogue`) and who answers it (`service`).
 */
export class Connection implements Guest {
  readonly #house: House
  readonly #receiver: Receiver
  readonly #service: Service
  readonly #peer: Peer<BadMark>
  readonly #wire: Wire
  readonly #manners: Manners
  readonly #deadlines: Deadlines
  readonly #dialogue: Dialogue
  readonly #begins: "plain" | "tls"
  #tls: Known["tls"]
  /** Calls off the delay of an answer, where one is running. */
  #callOff: (() => void) | undefined
  #stage: "waiting-to-greet" | "open" | "handshake" | "leaving" | "gone" = "waiting-to-greet"
  /** Requests are being served: who answers one need not begin to. */
  #serving = false
  #peerEnded = false
  /** A request was served since the time for the next one began. */
  #served = false
  #bytes = 0

  constructor(house: House, socket: Socket, peer: Peer<BadMark>, { begins, service }: ConnectionOptions) {
    this.#house = house
    this.#peer = peer
    this.#begins = begins
    this.#manners = new Manners(house, peer)
    this.#wire = new Wire(socket, {
      onBytes: bytes => this.#heard(bytes),
      onEnd: () => this.#ended(),
      onDrain: () => {
        if (!this.#isBusy()) this.#run()
      },
      onClosed: () => this.#closed(),
      onFailed: (error, during) => {
        if (during === "handshake") this.#log("smtp.tls-failed", error)
      },
    })
    this.#service = service({
      peer,
      tls: () => this.#wire.tls,
      challenge: text => this.#answer({ code: 334, text }),
      pause: ms => this.#pause(ms),
    })
    const { signIn } = this.#service
    this.#receiver = new Receiver(house.profile, {
      secure: begins === "tls",
      ...(signIn === undefined ? {} : { signIn: signIn.offer }),
    })
    this.#deadlines = new Deadlines(house, () => this.#service.times, house.limits.greetingMs)
    this.#dialogue = new Dialogue(house, this.#receiver, this.#service, this.#manners, {
      answer: (reply, farewell) => this.#answer(reply, farewell),
      failed: error => this.#failed(error),
      startTls: () => this.#startTls(),
      closing: () => this.#beginToLeave(),
      tls: () => this.#tls,
    })
  }

  greet(): void {
    if (this.#begins === "plain") {
      this.#greetSoon()
      return
    }
    const context = this.#house.secureContext()
    if (context === undefined) this.destroy()
    else this.#handshake(context, () => this.#greetSoon())
  }

  /** Bytes that came with the PROXY header. */
  hear(bytes: Buffer): void {
    if (this.#begins === "tls") this.#wire.giveBack(bytes)
    else this.#heard(bytes)
  }

  /** Called every second: ends what takes too long. Our own time, while a question is open, does not count. */
  checkTime(): void {
    if (this.#stage === "gone" || (this.#receiver.asking && this.#stage === "open")) return
    const { message } = this.#dialogue
    const tooSlow = message === undefined ? this.#deadlines.isOver : message.isTooSlow()
    if (!tooSlow && (message !== undefined || !this.#deadlines.isOutstayed)) return
    if (this.#stage === "leaving" || this.#stage === "handshake") {
      this.#wire.destroy()
      return
    }
    if (message !== undefined) this.#manners.abused("too-slow")
    this.#leave(goodbye["too-slow"])
  }

  /** Says 421 where no message is under way; otherwise as soon as it is answered. */
  drain(): void {
    if (this.#stage === "handshake") this.#wire.destroy()
    else if (this.#dialogue.message === undefined && !this.#receiver.asking) this.#leave(goodbye.draining)
  }

  destroy(): void {
    this.#wire.destroy()
  }

  #heard(bytes: Buffer): void {
    this.#bytes += bytes.length
    if (this.#stage === "leaving" || this.#stage === "gone") return
    if (this.#stage === "waiting-to-greet") {
      this.#manners.abused("early-talker")
      this.#leave(goodbye["early-talker"])
      return
    }
    this.#receiver.push(bytes)
    if (this.#isBusy() || this.#isDeaf()) this.#wire.pause()
    else this.#run()
  }

  #ended(): void {
    this.#peerEnded = true
    if (!this.#isBusy()) this.#flush()
  }

  #closed(): void {
    if (this.#stage === "gone") return
    this.#stage = "gone"
    this.#callOff?.()
    this.#dialogue.forget()
    this.#service.close()
    this.#house.log.event("smtp.closed", {
      door: this.#house.door,
      connection: this.#peer.connection,
      ms: this.#deadlines.age,
      bytes: this.#bytes,
      messages: this.#dialogue.messages,
    })
    this.#peer.onGone()
  }

  /** Greets; a source with bad marks waits for it, and shows whether it can. */
  #greetSoon(): void {
    const ms = this.#peer.delay()
    if (ms === 0) this.#greetNow()
    else this.#callOff = this.#house.timers.after(ms, () => this.#greetNow())
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
    this.#serving = true
    try {
      for (let request = this.#receiver.next(); request !== undefined; request = this.#receiver.next()) {
        // Octets of a message are held to the time of the message.
        if (this.#dialogue.serve(request)) this.#served = true
      }
    } catch (error) {
      this.#failed(error)
      return
    } finally {
      this.#serving = false
    }
    if (this.#receiver.asking || this.#stage === "gone") return
    if (this.#served) this.#touch()
    const ms = this.#manners.takeDelay()
    if (ms === 0) this.#flush()
    else {
      this.#wire.pause()
      this.#callOff = this.#house.timers.after(ms, () => {
        this.#callOff = undefined
        this.#flush()
        if (this.#receiver.waiting > 0) this.#run()
      })
    }
  }

  /** Answers what was asked, and goes on where that was out of turn. */
  #answer(reply: Reply, farewell?: Reply): void {
    if (this.#stage === "gone") return
    this.#receiver.answer(reply)
    if (farewell !== undefined) this.#leave(farewell)
    else if (!this.#serving) this.#run()
  }

  #startTls(): void {
    const context = this.#house.secureContext()
    if (context === undefined) {
      this.#receiver.answer(noTlsNow)
      return
    }
    this.#receiver.answer(startTls)
    this.#flush()
    this.#dialogue.forget()
    this.#service.signIn?.forget()
    if (this.#stage !== "open") return
    this.#handshake(context, () => {
      this.#stage = "open"
      this.#receiver.secured()
      this.#touch()
    })
  }

  #handshake(context: SecureContext, done: () => void): void {
    this.#stage = "handshake"
    this.#deadlines.await(this.#house.limits.greetingMs)
    this.#wire.secure(context, tls => {
      if (this.#stage !== "handshake") return
      this.#stage = "waiting-to-greet"
      this.#tls = cipherOf(tls)
      this.#house.figures.tls.add()
      done()
    })
  }

  #failed(error: unknown): void {
    this.#log("smtp.failed", error)
    this.#leave(goodbye.failed)
  }

  #log(event: "smtp.failed" | "smtp.tls-failed", error: unknown): void {
    const { door, log } = this.#house
    log.event(event, { door, connection: this.#peer.connection, error: failure(error) })
  }

  #leave(reply: Reply): void {
    if (this.#stage === "gone" || this.#stage === "leaving") return
    this.#callOff?.()
    this.#callOff = undefined
    this.#dialogue.forget()
    this.#beginToLeave()
    this.#receiver.end(reply)
    this.#service.close()
    this.#flush()
  }

  #beginToLeave(): void {
    this.#stage = "leaving"
    this.#deadlines.await(lingerMs)
  }

  /** Writes what is to be said; reads on, or ends the connection. */
  #flush(): void {
    if (this.#house.isDraining() && this.#dialogue.message === undefined && this.#stage === "open") {
      this.#receiver.end(goodbye.draining)
      this.#beginToLeave()
    }
    this.#wire.write([this.#receiver.output()])
    if (this.#stage === "leaving" || this.#peerEnded) {
      this.#wire.end()
      if (this.#stage !== "leaving") this.#dialogue.forget()
    } else if (!this.#isDeaf()) this.#wire.resume()
  }

  /** Is a question open, or an answer delayed? */
  #isBusy(): boolean {
    return this.#receiver.asking || this.#callOff !== undefined
  }

  /** Has the peer stopped reading its replies? */
  #isDeaf(): boolean {
    return this.#wire.unread > this.#house.limits.unreadReplies
  }

  /** Waits; no longer once the connection is over. */
  async #pause(ms: number): Promise<void> {
    if (ms === 0 || this.#stage === "gone") return
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = this.#house.timers.after(ms, resolve)
    this.#callOff = () => {
      stop()
      resolve()
    }
    await promise
    this.#callOff = undefined
  }

  /** Begins the time for the next command; that for the first EHLO or HELO begins once, with the connection. */
  #touch(): void {
    this.#served = false
    if (this.#stage === "open" && this.#dialogue.isGreeted) this.#deadlines.served()
  }
}

/** How long a peer may take to close its side after our last word. */
const lingerMs = 10_000
