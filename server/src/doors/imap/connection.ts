import type { Socket } from "node:net"
import {
  type Command,
  type CommandOf,
  capabilities,
  type Heard,
  type LiteralAnnounced,
} from "@letterkeep/imap"
import { channelBindingsOf, MAX_SASL_TEXT } from "@letterkeep/sasl"
import { failure } from "../../ports/log.ts"
import { createPace, type Guest, type Pace, type Peer } from "../entrance/index.ts"
import type { BadMark, Why } from "./abuse.ts"
import { answerLine, failed, farewell, noRoom, noTls, signInFirst, unavailable } from "./answers.ts"
import { id } from "./commands/id.ts"
import { idle } from "./commands/idle.ts"
import { GoneError } from "./gone-error.ts"
import { type Answer, BrokenLiteralError, type NewsHow } from "./handler.ts"
import { Hearing, LostError } from "./hearing.ts"
import type { House } from "./house.ts"
import { Output } from "./output.ts"
import { asksForNews, looksForNews, mayTellExpunges, serveVisit } from "./serve-visit.ts"
import { authenticate, login, type SignInOutcome } from "./sign-in.ts"
import { beginStay, type Stay } from "./stay.ts"
import { Wire } from "./wire.ts"

/**
 * One client at the door: hears its commands one after another, has them served, and answers. While one is served,
 * what the client sends is read ahead within a limit; while the client reads nothing, nothing more is made for it.
 */
export class Connection implements Guest {
  readonly #house: House
  readonly #peer: Peer<BadMark>
  readonly #wire: Wire
  readonly #out: Output
  readonly #hearing: Hearing
  readonly #openedAt: number
  readonly #begins: "plain" | "tls"
  #stage: "arriving" | "handshake" | "open" | "leaving" | "gone" = "arriving"
  /** Whose turn it is: the client's to speak, or ours to answer. */
  #turn: "theirs" | "ours" = "ours"
  #stay: Stay | undefined
  /** A message of APPEND or REPLACE that is coming in. */
  #pace: Pace | undefined
  /** Octets that this connection has taken of the budget. */
  #reserved = 0
  #expiresAt: number
  /** When the client closed its side. */
  #endedAt: number | undefined
  /** To be said as soon as what is being written ends. */
  #farewell: string | undefined
  #misbehaved = false
  #commands = 0
  #badCommands = 0
  #wrongSignIns = 0
  /** Calls off the delay of an answer, where one is running. */
  #callOff: (() => void) | undefined

  /** `begins`: what the client's first octets are. */
  constructor(house: House, socket: Socket, peer: Peer<BadMark>, begins: "plain" | "tls") {
    this.#house = house
    this.#begins = begins
    this.#peer = peer
    this.#openedAt = house.time()
    this.#expiresAt = this.#openedAt + house.limits.strangerMs
    this.#hearing = new Hearing(house.limits.stranger, () => this.#wire.resume())
    this.#wire = new Wire(socket, {
      onBytes: bytes => this.#heard(bytes),
      onEnd: () => this.#ended(),
      onMoved: () => this.#out.moved(),
      onClosed: () => this.#closed(),
      onFailed: (error, during) => this.#wireFailed(error, during),
    })
    this.#out = new Output(this.#wire.sink(), house.limits.strangerUnread, house.time, () => {
      this.#abused("reads-nothing")
      this.destroy()
    })
  }

  greet(): void {
    if (this.#begins === "plain") {
      this.#greetNow()
      return
    }
    const context = this.#house.secureContext()
    if (context === undefined) this.destroy()
    else this.#handshake(context, () => this.#greetNow())
  }

  hear(bytes: Buffer): void {
    if (this.#begins === "plain") this.#heard(bytes)
    else this.#wire.unread(bytes)
  }

  /** Called every second: ends what takes too long. Our own time does not count, but who reads nothing does. */
  checkTime(): void {
    const { limits, time, isCrowded, budget } = this.#house
    const now = time()
    if (this.#stage === "gone") return
    if (this.#stage === "leaving" || this.#stage === "handshake") {
      if (now > this.#expiresAt) this.destroy()
      return
    }
    // Who has closed its side may still read what it asked for; one that reads nothing has gone.
    const lastSign = Math.max(this.#endedAt ?? now, this.#out.movedAt)
    if (this.#endedAt !== undefined && now - lastSign > lingerMs) {
      this.destroy()
      return
    }
    if (this.#out.isStalled(limits.unreadMs)) {
      this.#abused("reads-nothing")
      this.destroy()
      return
    }
    if (this.#turn === "ours") return
    if (this.#stay?.session.closed === true) this.#leave(farewell["signed-out"])
    else if (this.#pace !== undefined) {
      if (this.#pace.isTooSlow(budget.isCrowded)) this.#leaveSlow()
    } else if (now > this.#expiresAt) this.#leaveSlow()
    else if (this.#stay === undefined) {
      const age = now - this.#openedAt
      if (age > (isCrowded() ? limits.crowdedStrangerMs : limits.strangerInAllMs)) this.#leaveSlow()
    }
  }

  /** Says BYE now to who is waited for; else as soon as the command that is being served is answered. */
  drain(): void {
    this.#leaveSoon(farewell.draining)
  }

  destroy(): void {
    if (this.#stage !== "gone") this.#stage = "leaving"
    this.#wire.destroy()
  }

  #greetNow(): void {
    this.#run(async () => {
      await this.#wait(this.#peer.delay())
      this.#stage = "open"
      this.#touch()
      this.#out.write(`* OK [CAPABILITY ${this.#capabilities()}] ${this.#house.hostname} is ready\r\n`)
    })
  }

  #heard(bytes: Buffer): void {
    this.#pace?.came(bytes.length)
    this.#hearing.push(bytes)
    const { strangerReadAhead, readAhead } = this.#house.limits
    if (this.#hearing.waiting > (this.#stay === undefined ? strangerReadAhead : readAhead)) this.#wire.pause()
  }

  #ended(): void {
    this.#endedAt ??= this.#house.time()
    this.#hearing.end()
  }

  /** Owns the dialogue; the one catch of the session. */
  #run(begin: () => Promise<void>): void {
    const live = async (): Promise<void> => {
      try {
        await begin()
        while (await this.#next());
        this.#end()
      } catch (error) {
        this.#sessionFailed(error)
      }
    }
    void live()
  }

  #sessionFailed(error: unknown): void {
    if (error instanceof GoneError) return
    if (error instanceof LostError) {
      this.#abused("lost-framing")
      this.#leave(error.sentence)
    } else {
      const cause = error instanceof BrokenLiteralError ? (error.cause ?? error) : error
      this.#house.log.event("imap.failed", { connection: this.#peer.connection, error: failure(cause) })
      if (error instanceof BrokenLiteralError) this.destroy()
      else this.#leave(farewell.failed)
    }
  }

  /** Hears one thing and deals with it; false when the client has ended. */
  async #next(): Promise<boolean> {
    this.#out.flush()
    if (this.#out.isFull) await this.#out.drained()
    if (this.#farewell !== undefined) this.#leave(this.#farewell)
    const heard = await this.#theirs(() => this.#hearing.next())
    if (heard === undefined) return false
    if (heard.kind === "literal") this.#takeLiteral(heard)
    else {
      this.#pace = undefined
      try {
        await this.#answerTo(heard)
      } finally {
        this.#release()
      }
    }
    return true
  }

  /** The client's turn to speak. */
  async #theirs<T>(work: () => Promise<T>): Promise<T> {
    this.#out.flush()
    this.#turn = "theirs"
    try {
      return await work()
    } finally {
      this.#turn = "ours"
    }
  }

  #takeLiteral({ tag, octets, waits, message }: LiteralAnnounced): void {
    if (message) {
      if (!this.#house.budget.take(octets)) {
        this.#hearing.reader.refuseLiteral()
        this.#release()
        this.#pace = undefined
        this.#answer(tag, noRoom)
        return
      }
      this.#reserved += octets
      this.#pace = createPace(this.#house.limits, this.#house.time)
    }
    if (waits) this.#out.write("+ Go on\r\n")
    this.#hearing.reader.takeLiteral()
  }

  async #answerTo(heard: Exclude<Heard, LiteralAnnounced>): Promise<void> {
    switch (heard.kind) {
      case "command":
        await this.#serve(heard.tag, heard.command)
        return
      case "bad": {
        const answer: Answer = { ...heard, kind: "bad" }
        this.#countBad()
        await this.#delay()
        this.#answer(heard.tag ?? "*", answer)
        this.#touch()
        return
      }
      case "refused":
        this.#answer(heard.tag, { ...heard, kind: "no" })
        this.#touch()
        return
      case "line":
        throw new Error("a line came that nobody asked for")
      case "lost":
        throw new LostError(heard.text)
    }
  }

  async #serve(tag: string, command: Command): Promise<void> {
    this.#commands += 1
    if (this.#stay === undefined && this.#commands > this.#house.limits.strangerCommands) {
      this.#abused("too-many-commands")
      this.#leave(farewell["too-many-commands"])
      return
    }
    this.#touch()
    const answer = await this.#try(tag, command)
    if (answer.kind === "bad") this.#countBad()
    else this.#badCommands = 0
    await this.#delay()
    this.#house.figures.answers[answer.kind].add()
    this.#answer(tag, answer)
    this.#afterwards(command, answer)
    this.#touch()
  }

  /** The one catch of a command. */
  async #try(tag: string, command: Command): Promise<Answer> {
    try {
      const answer = await this.#do(tag, command)
      if (asksForNews(command))
        await this.#tellNews({ expunges: mayTellExpunges(command), look: looksForNews(command) })
      return answer
    } catch (error) {
      if (error instanceof GoneError || error instanceof LostError || error instanceof BrokenLiteralError)
        throw error
      if (this.#isOver()) throw new GoneError()
      if (this.#stay?.session.closed === true) {
        this.#leave(farewell["signed-out"])
        throw new GoneError()
      }
      this.#house.log.event("imap.command-failed", {
        connection: this.#peer.connection,
        error: failure(error),
      })
      return isTemporary(error) ? unavailable : failed
    }
  }

  /** Serves what concerns the connection itself; the rest is for who has signed in. */
  async #do(tag: string, command: Command): Promise<Answer> {
    const stay = this.#stay
    switch (command.name) {
      case "CAPABILITY":
        this.#out.write(`* CAPABILITY ${this.#capabilities()}\r\n`)
        return { kind: "ok", text: "These are the capabilities" }
      case "ID":
        return id(this.#house.version, this.#out)
      case "LOGOUT":
        this.#out.write("* BYE Until next time\r\n") // RFC 9051 §6.1.3
        return { kind: "ok", text: "Logged out" }
      case "STARTTLS":
        return this.#mayStartTls()
      case "COMPRESS":
        return this.#mayCompress(command)
      case "IDLE":
        return await this.#idle()
      default:
        if (stay !== undefined) {
          if (stay.session.closed) throw new Error("the session has ended")
          const parts = {
            selecting: this.#house.selecting,
            appendLimit: this.#house.limits.signedIn.messageLiteral,
          }
          return await serveVisit(stay.desk, parts, command, tag, this.#out)
        }
    }
    switch (command.name) {
      case "NOOP":
        return { kind: "ok", text: "Done" }
      case "LOGIN":
        return this.#signedIn(await login(this.#signInParts(), command))
      case "AUTHENTICATE":
        return this.#signedIn(await authenticate(this.#signInParts(), command))
      default:
        return signInFirst
    }
  }

  /** What a command changes of the connection once its answer is written. */
  #afterwards({ name }: Command, { kind }: Answer): void {
    if (name === "LOGOUT") this.#end()
    if (kind !== "ok") return
    if (name === "STARTTLS") {
      const context = this.#house.secureContext()
      this.#out.flush()
      // RFC 9051 §6.2.1: what was said in the clear is forgotten, and what was told is asked again.
      this.#hearing.reader.reset()
      if (context === undefined) this.destroy()
      else this.#handshake(context, () => undefined)
    }
    if (name === "COMPRESS") {
      this.#out.flush()
      this.#out.redirect(this.#wire.compress())
      this.#house.figures.compressed.add()
    }
  }

  #mayStartTls(): Answer {
    if (this.#stay !== undefined) return { kind: "bad", text: "STARTTLS comes before sign-in" }
    if (this.#wire.tls !== undefined) return { kind: "bad", text: "TLS is on already" }
    if (this.#house.secureContext() === undefined) return noTls
    return { kind: "ok", text: "Begin TLS" }
  }

  #handshake(context: NonNullable<ReturnType<House["secureContext"]>>, done: () => void): void {
    this.#stage = "handshake"
    this.#expiresAt = this.#house.time() + this.#house.limits.handshakeMs
    this.#wire.secure(context, () => {
      if (this.#stage !== "handshake") return
      this.#stage = "open"
      this.#house.figures.tls.add()
      this.#touch()
      done()
      this.#out.flush()
    })
    this.#out.redirect(this.#wire.sink())
  }

  /** RFC 4978 §3 */
  #mayCompress({ mechanism }: CommandOf<"COMPRESS">): Answer {
    if (this.#stay === undefined) return signInFirst
    if (mechanism.toUpperCase() !== "DEFLATE")
      return { kind: "bad", text: "DEFLATE is the one mechanism here" }
    if (this.#wire.compressed) return { kind: "no", code: "COMPRESSIONACTIVE", text: "That is so already" }
    if (this.#hearing.waiting > 0)
      return { kind: "bad", text: "Wait for the answer to COMPRESS before you say more" }
    return { kind: "ok", text: "Compressed from here on" }
  }

  async #idle(): Promise<Answer> {
    const stay = this.#stay
    if (stay === undefined) return signInFirst
    const { timers, limits } = this.#house
    return await idle({
      out: this.#out,
      line: () => this.#hearing.line(doneLine),
      wait: () => stay.wait(timers, limits.keepAliveMs),
      awaitTheirs: work => this.#theirs(work),
      tellNews: async () => {
        await this.#tellNews({ expunges: true, look: true })
        if (this.#farewell !== undefined) {
          this.#leave(this.#farewell)
          throw new GoneError()
        }
      },
    })
  }

  async #tellNews(how: NewsHow): Promise<void> {
    const selected = this.#stay?.desk.selected
    if (selected === undefined || (await selected.tellNews(this.#out, how)) === "told") return
    this.#leave(farewell["mailbox-gone"])
    throw new GoneError()
  }

  #signInParts() {
    return {
      people: this.#house.people,
      source: this.#peer.ip,
      tls: this.#wire.tls,
      passwords: this.#takesPasswords(),
      ask: async (challenge: string): Promise<Buffer> => {
        this.#out.write(`+ ${challenge}\r\n`)
        return await this.#theirs(() => this.#hearing.line(MAX_SASL_TEXT + 2))
      },
    }
  }

  #signedIn(outcome: SignInOutcome): Answer {
    const { figures, limits } = this.#house
    switch (outcome.kind) {
      case "signed-in":
        return this.#begin(outcome.session)
      case "wrong":
        figures.signIns.wrong.add()
        this.#mark("wrong-sign-in")
        this.#wrongSignIns += 1
        if (this.#wrongSignIns >= limits.wrongSignIns) {
          this.#abused("wrong-sign-ins")
          this.#farewell = farewell["wrong-sign-ins"]
        }
        return outcome.answer
      case "slowed":
        figures.signIns.slowed.add()
        this.#misbehaved = true
        return outcome.answer
      case "refused":
        return outcome.answer
    }
  }

  #begin(session: Stay["session"]): Answer {
    const { figures, limits, log, visitors } = this.#house
    // The client may have gone while its password was checked.
    if (this.#stage !== "open") {
      session.close()
      throw new GoneError()
    }
    if (!visitors.enter(session.account)) {
      figures.signIns.limited.add()
      log.event("imap.too-many-of-account", { account: session.account })
      session.close()
      const text = `The account has ${limits.connectionsPerAccount} connections open; close a mail program`
      return { kind: "no", code: "LIMIT", text } // RFC 5530 §3
    }
    figures.signIns.good.add()
    this.#stay = beginStay(this.#house, session)
    this.#hearing.reader.setLimits(limits.signedIn)
    this.#out.setUnread(limits.unread)
    // RFC 9051 §7.1: it saves the client a question.
    return { kind: "ok", code: `CAPABILITY ${this.#capabilities()}`, text: "You are signed in" }
  }

  #takesPasswords(): boolean {
    return this.#wire.tls !== undefined || (this.#house.plaintextOnLoopback && this.#peer.local)
  }

  #capabilities(): string {
    const { tls } = this.#wire
    return capabilities({
      signedIn: this.#stay !== undefined,
      startTls: tls === undefined && this.#house.secureContext() !== undefined,
      passwords: this.#takesPasswords(),
      scram: tls !== undefined,
      // Before TLS 1.3 it depends on the certificate.
      channelBinding:
        tls !== undefined && (tls.getProtocol() === "TLSv1.3" || channelBindingsOf(tls).size > 0),
      mayCompress: !this.#wire.compressed,
      appendLimit: this.#house.limits.signedIn.messageLiteral,
    })
  }

  #answer(tag: string, answer: Answer): void {
    this.#out.write(answerLine(tag, answer))
  }

  #countBad(): void {
    this.#mark("fault")
    this.#badCommands += 1
    if (this.#badCommands < this.#house.limits.badCommands) return
    this.#abused("errors")
    this.#farewell = farewell.errors
  }

  /** Who has misbehaved waits for the answer, and so does its next connection. */
  async #delay(): Promise<void> {
    const ms = this.#misbehaved ? this.#peer.delay() : 0
    this.#misbehaved = false
    await this.#wait(ms)
  }

  async #wait(ms: number): Promise<void> {
    if (ms === 0) return
    await new Promise<void>(resolve => {
      const stop = this.#house.timers.after(ms, resolve)
      this.#callOff = () => {
        stop()
        resolve()
      }
    })
    this.#callOff = undefined
    if (this.#isOver()) throw new GoneError()
  }

  #isOver(): boolean {
    return this.#stage === "leaving" || this.#stage === "gone"
  }

  #mark(bad: BadMark): void {
    this.#misbehaved = true
    this.#peer.mark(bad)
  }

  #abused(why: Why): void {
    if (why === "too-slow" || why === "reads-nothing") this.#peer.mark("too-slow")
    this.#house.log.event("imap.abused", {
      connection: this.#peer.connection,
      source: this.#peer.network,
      why,
    })
  }

  #leaveSlow(): void {
    if (this.#stay === undefined || this.#pace !== undefined) this.#abused("too-slow")
    this.#leave(farewell["too-slow"])
  }

  #leaveSoon(text: string): void {
    if (this.#stage === "handshake") this.destroy()
    else if (this.#turn === "theirs" || this.#stage === "arriving") this.#leave(text)
    else this.#farewell ??= text
  }

  /** RFC 9051 §7.1.5 */
  #leave(text: string): void {
    if (this.#stage === "gone" || this.#stage === "leaving") return
    this.#out.write(`* BYE ${text}\r\n`)
    this.#end()
  }

  /** Closes our side behind what was written; whoever still works for the client hears that it has gone. */
  #end(): void {
    if (this.#stage === "gone" || this.#stage === "leaving") return
    this.#stage = "leaving"
    this.#expiresAt = this.#house.time() + (this.#house.isDraining() ? drainingLingerMs : lingerMs)
    this.#out.flush()
    this.#wire.end()
    this.#stop()
  }

  #stop(): void {
    this.#callOff?.()
    this.#hearing.stop()
    this.#out.close()
    this.#release()
    this.#stay?.end()
  }

  #release(): void {
    this.#house.budget.giveBack(this.#reserved)
    this.#reserved = 0
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
      ms: this.#house.time() - this.#openedAt,
      commands: this.#commands,
    })
    this.#peer.onGone()
  }

  /** Begins the time for the next command. */
  #touch(): void {
    const { limits, time } = this.#house
    if (this.#stage === "open")
      this.#expiresAt = time() + (this.#stay === undefined ? limits.strangerMs : limits.idleMs)
  }
}

/** How long a client may take to close its side after our last word. */
const lingerMs = 10_000
const drainingLingerMs = 3_000
/** Octets of the line that ends IDLE, CRLF included, with some to spare. */
const doneLine = 64

function isTemporary(error: unknown): boolean {
  return error instanceof Error && "temporary" in error && error.temporary === true
}
