import type { Socket } from "node:net"
import type { SecureContext } from "node:tls"
import type { Command } from "@letterkeep/imap"
import { failure } from "../../ports/log.ts"
import type { Guest, Peer } from "../entrance/index.ts"
import type { BadMark } from "./abuse.ts"
import { farewell } from "./answers.ts"
import { CompressibleWire } from "./compressible-wire.ts"
import { Deadlines, type Stage } from "./deadlines.ts"
import { Dialogue } from "./dialogue.ts"
import { GoneError } from "./gone-error.ts"
import { type Answer, BrokenLiteralError } from "./handler.ts"
import { Hearing, LostError } from "./hearing.ts"
import type { House } from "./house.ts"
import { Manners } from "./manners.ts"
import { Output } from "./output.ts"
import { Upload } from "./upload.ts"

/**
 * One client at the door, from its first octet to its last: its stages, and how it ends. While a command is served,
 * what the client sends is read ahead within a limit; while the client reads nothing, nothing more is made for it.
 *
 * What is not that lies beside it: octets (`compressible-wire`, `output`), understanding (`hearing`), what is asked and who has the
 * word (`dialogue`), time (`deadlines`), conduct (`manners`), messages on their way in (`upload`).
 */
export class Connection implements Guest {
  readonly #house: House
  readonly #peer: Peer<BadMark>
  readonly #wire: CompressibleWire
  readonly #out: Output
  readonly #hearing: Hearing
  readonly #manners: Manners
  readonly #upload: Upload
  readonly #deadlines: Deadlines
  readonly #dialogue: Dialogue
  readonly #begins: "plain" | "tls"
  #stage: Stage = "arriving"

  /** `begins`: what the client's first octets are. */
  constructor(house: House, socket: Socket, peer: Peer<BadMark>, begins: "plain" | "tls") {
    const { limits, time } = house
    this.#house = house
    this.#begins = begins
    this.#peer = peer
    this.#deadlines = new Deadlines(house)
    this.#manners = new Manners(house, peer)
    this.#upload = new Upload(house.shares, limits, time)
    this.#hearing = new Hearing(limits.stranger, () => this.#wire.resume())
    this.#wire = new CompressibleWire(socket, {
      onBytes: bytes => this.#heard(bytes),
      onEnd: () => this.#ended(),
      onMoved: () => this.#out.moved(),
      onClosed: () => this.#closed(),
      onFailed: (error, during) => this.#wireFailed(error, during),
    })
    this.#out = new Output(this.#wire.sink(), limits.strangerUnread, time, () => this.#cutDeaf())
    this.#dialogue = new Dialogue(house, peer, {
      wire: this.#wire,
      out: this.#out,
      hearing: this.#hearing,
      manners: this.#manners,
      upload: this.#upload,
      isOver: () => this.#isOver(),
      touch: () => this.#touch(),
      leave: text => this.#leave(text),
      answered: (command, answer) => this.#afterwards(command, answer),
    })
  }

  greet(): void {
    if (this.#begins === "plain") {
      void this.#live()
      return
    }
    const context = this.#house.secureContext()
    if (context === undefined) this.destroy()
    else this.#handshake(context, () => void this.#live())
  }

  hear(bytes: Buffer): void {
    if (this.#begins === "plain") this.#heard(bytes)
    else this.#wire.giveBack(bytes)
  }

  /** Called every second: ends what takes too long. */
  checkTime(): void {
    const { listening, session } = this.#dialogue
    const stage = this.#stage
    const overdue = this.#deadlines.overdue({
      stage,
      listening,
      session,
      out: this.#out,
      upload: this.#upload,
    })
    switch (overdue) {
      case undefined:
        return
      case "cut":
        this.destroy()
        return
      case "deaf":
        this.#cutDeaf()
        return
      case "too-slow":
        this.#manners.abused("too-slow")
        this.#leave(farewell["too-slow"])
        return
      case "idle":
        this.#leave(farewell["too-slow"])
        return
      case "signed-out":
        this.#leave(farewell["signed-out"])
    }
  }

  /** Says BYE now to who is waited for; else as soon as the command that is being served is answered. */
  drain(): void {
    if (this.#stage === "handshake") this.destroy()
    else if (this.#dialogue.listening || this.#stage === "arriving") this.#leave(farewell.draining)
    else this.#dialogue.leaveSoon(farewell.draining)
  }

  destroy(): void {
    if (this.#stage !== "gone") this.#stage = "leaving"
    // At once, and not when the socket has closed: until then nothing written to it would ever be too much.
    this.#stop()
    this.#wire.destroy()
  }

  #heard(bytes: Buffer): void {
    this.#upload.came(bytes.length)
    this.#hearing.push(bytes)
    const { strangerReadAhead, readAhead } = this.#house.limits
    if (this.#hearing.waiting > (this.#dialogue.session === undefined ? strangerReadAhead : readAhead))
      this.#wire.pause()
  }

  #ended(): void {
    this.#deadlines.ended()
    this.#hearing.end()
  }

  /** The dialogue, and the one catch of the session. */
  async #live(): Promise<void> {
    try {
      await this.#manners.delayGreeting()
      if (this.#isOver()) throw new GoneError()
      this.#stage = "open"
      this.#touch()
      await this.#dialogue.hold()
      this.#end()
    } catch (error) {
      this.#sessionFailed(error)
    } finally {
      this.#upload.release()
    }
  }

  #sessionFailed(error: unknown): void {
    if (error instanceof GoneError) return
    if (error instanceof LostError) {
      this.#manners.abused("lost-framing")
      this.#leave(error.sentence)
      return
    }
    const cause = error instanceof BrokenLiteralError ? (error.cause ?? error) : error
    this.#house.log.event("imap.failed", { connection: this.#peer.connection, error: failure(cause) })
    if (error instanceof BrokenLiteralError) this.destroy()
    else this.#leave(farewell.failed)
  }

  /** What a command changes of the connection once its answer is written. */
  #afterwards(command: Command["name"], answer: Answer["kind"]): void {
    if (command === "LOGOUT") this.#end()
    if (answer !== "ok") return
    if (command === "STARTTLS") this.#startTls()
    if (command === "COMPRESS") this.#compress()
  }

  #startTls(): void {
    const context = this.#house.secureContext()
    this.#out.flush()
    this.#hearing.reader.reset() // RFC 9051 §6.2.1
    if (context === undefined) this.destroy()
    else this.#handshake(context, () => undefined)
  }

  #handshake(context: SecureContext, done: () => void): void {
    this.#stage = "handshake"
    this.#deadlines.handshakeBegins()
    this.#wire.secure(context, () => {
      if (this.#stage !== "handshake") return
      this.#stage = "open"
      this.#house.figures.tls.add()
      this.#touch()
      done()
    })
    this.#out.redirect(this.#wire.sink())
  }

  #compress(): void {
    this.#out.flush()
    this.#out.redirect(this.#wire.compress())
    this.#house.figures.compressed.add()
  }

  #cutDeaf(): void {
    this.#manners.abused("reads-nothing")
    this.destroy()
  }

  /** RFC 9051 §7.1.5 */
  #leave(text: string): void {
    if (this.#isOver()) return
    this.#out.write(`* BYE ${text}\r\n`)
    this.#end()
  }

  /** Closes our side behind what was written; whoever still works for the client hears that it has gone. */
  #end(): void {
    if (this.#isOver()) return
    this.#stage = "leaving"
    this.#deadlines.leaving()
    this.#out.flush()
    this.#wire.end()
    this.#stop()
  }

  #stop(): void {
    this.#manners.callOff()
    this.#hearing.stop()
    this.#out.close()
    this.#dialogue.stop()
  }

  #wireFailed(error: Error, during: "handshake" | "compression" | "transport"): void {
    const fields = { connection: this.#peer.connection, error: failure(error) }
    if (during === "handshake") this.#house.log.event("imap.tls-failed", fields)
    if (during === "compression") this.#house.log.event("imap.compression-failed", fields)
  }

  #closed(): void {
    this.#stage = "gone"
    this.#stop()
    this.#house.log.event("imap.closed", {
      connection: this.#peer.connection,
      ms: this.#deadlines.age,
      commands: this.#manners.commands,
    })
    this.#peer.onGone()
  }

  /** Begins the time for the next command. */
  #touch(): void {
    if (this.#stage === "open") this.#deadlines.served(this.#dialogue.session !== undefined)
  }

  #isOver(): boolean {
    return this.#stage === "leaving" || this.#stage === "gone"
  }
}
