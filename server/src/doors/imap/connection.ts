import type { Socket } from "node:net"
import type { SecureContext } from "node:tls"
import { type Command, capabilities, type Heard, type LiteralAnnounced } from "@letterkeep/imap"
import { channelBindingsOf, MAX_SASL_TEXT } from "@letterkeep/sasl"
import { failure } from "../../ports/log.ts"
import type { Guest, Peer } from "../entrance/index.ts"
import type { BadMark } from "./abuse.ts"
import { answerLine, farewell, noRoom, signInFirst } from "./answers.ts"
import { id } from "./commands/id.ts"
import { idle } from "./commands/idle.ts"
import { mayCompress, mayStartTls } from "./commands/secure.ts"
import { answerToError, endsConnection } from "./failures.ts"
import { GoneError } from "./gone-error.ts"
import { type Answer, BrokenLiteralError, type NewsHow } from "./handler.ts"
import { Hearing, LostError } from "./hearing.ts"
import type { House } from "./house.ts"
import { Manners } from "./manners.ts"
import { Output } from "./output.ts"
import { asksForNews, looksForNews, mayTellExpunges, serveVisit } from "./serve-visit.ts"
import { authenticate, login, type SignInOutcome, type SignInParts } from "./sign-in.ts"
import { beginStay, type Stay } from "./stay.ts"
import { Upload } from "./upload.ts"
import { Wire } from "./wire.ts"

/**
 * One client at the door: hears its commands one after another, has them served, and answers. While one is served,
 * what the client sends is read ahead within a limit; while the client reads nothing, nothing more is made for it.
 *
 * It is long because it owns the connection's states and who has the word; what is not that lies beside it: octets
 * (`wire`, `output`), understanding (`hearing`), conduct (`manners`), messages on their way in (`upload`), the time
 * after sign-in (`stay`).
 */
export class Connection implements Guest {
  readonly #house: House
  readonly #peer: Peer<BadMark>
  readonly #wire: Wire
  readonly #out: Output
  readonly #hearing: Hearing
  readonly #manners: Manners
  readonly #upload: Upload
  readonly #openedAt: number
  readonly #begins: "plain" | "tls"
  #stage: "arriving" | "handshake" | "open" | "leaving" | "gone" = "arriving"
  /** Who has the word: the client to speak, or we to answer. */
  #turn: "theirs" | "ours" = "ours"
  #stay: Stay | undefined
  #expiresAt: number
  /** When the client closed its side. */
  #endedAt: number | undefined
  /** When it was seen that its sign-in has ended. */
  #signedOutAt: number | undefined
  /** To be said as soon as the command that is being served is answered. */
  #farewell: string | undefined

  /** `begins`: what the client's first octets are. */
  constructor(house: House, socket: Socket, peer: Peer<BadMark>, begins: "plain" | "tls") {
    const { limits, time } = house
    this.#house = house
    this.#begins = begins
    this.#peer = peer
    this.#openedAt = time()
    this.#expiresAt = this.#openedAt + limits.strangerMs
    this.#manners = new Manners(house, peer)
    this.#upload = new Upload(house.shares, limits, time)
    this.#hearing = new Hearing(limits.stranger, () => this.#wire.resume())
    this.#wire = new Wire(socket, {
      onBytes: bytes => this.#heard(bytes),
      onEnd: () => this.#ended(),
      onMoved: () => this.#out.moved(),
      onClosed: () => this.#closed(),
      onFailed: (error, during) => this.#wireFailed(error, during),
    })
    this.#out = new Output(this.#wire.sink(), limits.strangerUnread, time, () => this.#cutDeaf())
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
    const { limits, time } = this.#house
    const now = time()
    if (this.#stage === "gone") return
    if (this.#stage === "handshake") this.#checkHandshake(now)
    if (this.#stage === "leaving" && now > this.#expiresAt) this.destroy()
    if (this.#stage === "leaving" || this.#stage === "handshake") return
    if (this.#out.isStalled(limits.unreadMs)) this.#cutDeaf()
    // Who has closed its side may still read what it asked for; one that reads nothing has gone.
    else if (this.#endedAt !== undefined && now - Math.max(this.#endedAt, this.#out.movedAt) > lingerMs)
      this.destroy()
    else if (this.#turn === "theirs") this.#checkTheirTime(now)
    // What was being done for it is not worth waiting for: it may take the answer as slowly as it likes.
    else if (this.#stay?.session.closed === true) {
      this.#signedOutAt ??= now
      if (now - this.#signedOutAt > lingerMs) this.destroy()
    }
  }

  #checkHandshake(now: number): void {
    const { limits, isCrowded } = this.#house
    const longest = isCrowded() ? Math.min(limits.crowdedStrangerMs, limits.handshakeMs) : limits.handshakeMs
    if (now > this.#expiresAt - limits.handshakeMs + longest) this.destroy()
  }

  /** Says BYE now to who is waited for; else as soon as the command that is being served is answered. */
  drain(): void {
    if (this.#stage === "handshake") this.destroy()
    else if (this.#turn === "theirs" || this.#stage === "arriving") this.#leave(farewell.draining)
    else this.#farewell = farewell.draining
  }

  destroy(): void {
    if (this.#stage !== "gone") this.#stage = "leaving"
    // At once, and not when the socket has closed: until then nothing written to it would ever be too much.
    this.#stop()
    this.#wire.destroy()
  }

  #checkTheirTime(now: number): void {
    const { limits, isCrowded } = this.#house
    const stay = this.#stay
    if (stay?.session.closed === true) {
      this.#leave(farewell["signed-out"])
      return
    }
    const longest = isCrowded() ? limits.crowdedStrangerMs : limits.strangerInAllMs
    const tooSlow = this.#upload.isComing ? this.#upload.isTooSlow : now > this.#expiresAt
    if (!tooSlow && (stay !== undefined || now - this.#openedAt <= longest)) return
    // A mail program that is left open overnight is no abuse.
    if (stay === undefined || this.#upload.isComing) this.#manners.abused("too-slow")
    this.#leave(farewell["too-slow"])
  }

  #heard(bytes: Buffer): void {
    this.#upload.came(bytes.length)
    this.#hearing.push(bytes)
    const { strangerReadAhead, readAhead } = this.#house.limits
    if (this.#hearing.waiting > (this.#stay === undefined ? strangerReadAhead : readAhead)) this.#wire.pause()
  }

  #ended(): void {
    this.#endedAt ??= this.#house.time()
    this.#hearing.end()
  }

  #greetNow(): void {
    void this.#live()
  }

  /** The dialogue, and the one catch of the session. */
  async #live(): Promise<void> {
    try {
      await this.#manners.delayGreeting()
      this.#goOn()
      this.#stage = "open"
      this.#touch()
      this.#out.write(`* OK [CAPABILITY ${this.#capabilities()}] ${this.#house.hostname} is ready\r\n`)
      while (await this.#next());
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

  /** Hears one thing and deals with it; false when the client has ended. */
  async #next(): Promise<boolean> {
    // Who does not read has the word: a stranger's time runs on.
    if (this.#out.isFull) await this.#theirs(() => this.#out.drained())
    const last = this.#manners.farewell ?? this.#farewell
    if (last !== undefined) this.#leave(last)
    const heard = await this.#theirs(() => this.#hearing.next())
    if (heard === undefined) return false
    if (heard.kind === "literal") this.#takeLiteral(heard)
    else {
      this.#upload.whole()
      await this.#answerTo(heard)
      this.#upload.release()
    }
    return true
  }

  /** The client has the word. */
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
    const account = this.#stay?.session.account
    if (message && (account === undefined || !this.#upload.take(account, octets))) {
      this.#hearing.reader.refuseLiteral()
      this.#answer(tag, noRoom)
      return
    }
    if (waits) this.#out.write("+ Go on\r\n")
    this.#hearing.reader.takeLiteral()
  }

  async #answerTo(heard: Exclude<Heard, LiteralAnnounced>): Promise<void> {
    switch (heard.kind) {
      case "command":
        this.#manners.command(this.#stay !== undefined)
        if (this.#manners.farewell === undefined) await this.#serve(heard.tag, heard.command)
        break
      case "bad":
        this.#manners.bad()
        await this.#manners.delayAnswer()
        this.#answer(heard.tag ?? "*", heard)
        break
      case "refused":
        this.#answer(heard.tag, { kind: "no", code: heard.code, text: heard.text })
        break
      case "line":
        throw new Error("a line came that nobody asked for")
      case "lost":
        throw new LostError(heard.text)
    }
    this.#touch()
  }

  async #serve(tag: string, command: Command): Promise<void> {
    this.#touch()
    const answer = await this.#try(tag, command)
    if (answer.kind === "bad") this.#manners.bad()
    else this.#manners.good()
    await this.#manners.delayAnswer()
    this.#goOn()
    this.#house.figures.answers[answer.kind].add()
    this.#answer(tag, answer)
    this.#afterwards(command, answer)
  }

  /** The one catch of a command. */
  async #try(tag: string, command: Command): Promise<Answer> {
    try {
      const answer = await this.#do(tag, command)
      if (asksForNews(command))
        await this.#tellNews({ expunges: mayTellExpunges(command), look: looksForNews(command) })
      return answer
    } catch (error) {
      if (endsConnection(error)) throw error
      this.#goOn()
      const { connection } = this.#peer
      this.#house.log.event("imap.command-failed", { connection, error: failure(error) })
      this.#stay?.desk.selected?.withoutNews(this.#out)
      return answerToError(error)
    }
  }

  /** Serves what concerns the connection itself, and sign-in; the rest is for who has signed in. */
  async #do(tag: string, command: Command): Promise<Answer> {
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
        return mayStartTls(this.#howItIs())
      case "COMPRESS":
        return mayCompress(this.#howItIs(), command.mechanism)
      case "IDLE":
        return await this.#idle()
      default: {
        const stay = this.#stay
        if (stay === undefined) break
        this.#goOn()
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
      this.#hearing.reader.reset() // RFC 9051 §6.2.1
      if (context === undefined) this.destroy()
      else this.#handshake(context, () => undefined)
    }
    if (name === "COMPRESS") {
      this.#out.flush()
      this.#out.redirect(this.#wire.compress())
      this.#house.figures.compressed.add()
    }
  }

  #handshake(context: SecureContext, done: () => void): void {
    this.#stage = "handshake"
    this.#expiresAt = this.#house.time() + this.#house.limits.handshakeMs
    this.#wire.secure(context, () => {
      if (this.#stage !== "handshake") return
      this.#stage = "open"
      this.#house.figures.tls.add()
      this.#touch()
      done()
    })
    this.#out.redirect(this.#wire.sink())
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
        if (this.#farewell !== undefined) this.#leave(this.#farewell)
        this.#goOn()
      },
    })
  }

  async #tellNews(how: NewsHow): Promise<void> {
    const selected = this.#stay?.desk.selected
    if (selected === undefined || (await selected.tellNews(this.#out, how)) === "told") return
    this.#leave(farewell["mailbox-gone"])
    throw new GoneError()
  }

  #signInParts(): SignInParts {
    return {
      people: this.#house.people,
      source: this.#peer.ip,
      tls: this.#wire.tls,
      passwords: this.#takesPasswords(),
      ask: async challenge => {
        this.#out.write(`+ ${challenge}\r\n`)
        return await this.#theirs(() => this.#hearing.line(MAX_SASL_TEXT + 2))
      },
    }
  }

  #signedIn(outcome: SignInOutcome): Answer {
    const { signIns } = this.#house.figures
    switch (outcome.kind) {
      case "signed-in":
        return this.#begin(outcome.session)
      case "wrong":
        signIns.wrong.add()
        this.#manners.wrongSignIn()
        return outcome.answer
      case "slowed":
        signIns.slowed.add()
        this.#manners.impatient()
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

  #howItIs() {
    return {
      signedIn: this.#stay !== undefined,
      secured: this.#wire.tls !== undefined,
      compressed: this.#wire.compressed,
      canSecure: this.#house.secureContext() !== undefined,
      waiting: this.#hearing.waiting,
    }
  }

  #capabilities(): string {
    const { tls } = this.#wire
    const { signedIn, secured, compressed, canSecure } = this.#howItIs()
    return capabilities({
      signedIn,
      startTls: !secured && canSecure,
      passwords: this.#takesPasswords(),
      scram: secured,
      // Before TLS 1.3 it depends on the certificate.
      channelBinding:
        tls !== undefined && (tls.getProtocol() === "TLSv1.3" || channelBindingsOf(tls).size > 0),
      mayCompress: !compressed,
      appendLimit: this.#house.limits.signedIn.messageLiteral,
    })
  }

  #answer(tag: string, answer: Answer): void {
    this.#out.write(answerLine(tag, answer))
  }

  /** Throws where the connection is over, or its session is: that is said first. */
  #goOn(): void {
    if (this.#stay?.session.closed === true) this.#leave(farewell["signed-out"])
    if (this.#stage === "leaving" || this.#stage === "gone") throw new GoneError()
  }

  #cutDeaf(): void {
    this.#manners.abused("reads-nothing")
    this.destroy()
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
    this.#manners.callOff()
    this.#hearing.stop()
    this.#out.close()
    this.#stay?.end()
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
      commands: this.#manners.commands,
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
