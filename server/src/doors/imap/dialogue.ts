import type { Command, Heard, LiteralAnnounced } from "@letterkeep/imap"
import { MAX_SASL_TEXT } from "@letterkeep/sasl"
import { failure } from "../../ports/log.ts"
import type { Peer } from "../entrance/index.ts"
import type { BadMark } from "./abuse.ts"
import { admit } from "./admit.ts"
import { answerLine, farewell, noRoom, signInFirst } from "./answers.ts"
import { id } from "./commands/id.ts"
import { idle } from "./commands/idle.ts"
import { mayCompress, mayStartTls } from "./commands/secure.ts"
import type { CompressibleWire } from "./compressible-wire.ts"
import { answerToError, endsConnection } from "./failures.ts"
import { GoneError } from "./gone-error.ts"
import type { Answer, NewsHow } from "./handler.ts"
import { type Hearing, LostError } from "./hearing.ts"
import type { House } from "./house.ts"
import { capabilitiesOf, type HowItIs, howItIs } from "./how-it-is.ts"
import type { Manners } from "./manners.ts"
import type { Output } from "./output.ts"
import { asksForNews, looksForNews, mayTellExpunges, serveVisit } from "./serve-visit.ts"
import { authenticate, login, type SignInOutcome, type SignInParts } from "./sign-in.ts"
import type { Stay } from "./stay.ts"
import type { Upload } from "./upload.ts"

/** What the dialogue needs of its connection. */
export interface Floor {
  readonly wire: Pick<CompressibleWire, "tls" | "compressed">
  readonly out: Output
  readonly hearing: Hearing
  readonly manners: Manners
  readonly upload: Upload
  /** Leaving, or gone. */
  readonly isOver: () => boolean
  /** A command was served, or is about to be: the time for the next one begins. */
  readonly touch: () => void
  /** Says BYE with this, and ends the connection behind it. */
  readonly leave: (text: string) => void
  /** The command is answered: what it asks of the connection itself can be done. */
  readonly answered: (command: Command["name"], answer: Answer["kind"]) => void
}

/**
 * What one client asks, one command after another, and who serves it: the connection's own commands and sign-in here,
 * the rest, for who has signed in, in `serve-visit`. It owns who has the word, and the client's stay once it has begun.
 */
export class Dialogue {
  readonly #house: House
  readonly #peer: Peer<BadMark>
  readonly #floor: Floor
  /** Who has the word: the client to speak, or we to answer. */
  #turn: "theirs" | "ours" = "ours"
  #stay: Stay | undefined
  /** To be said as soon as the command that is being served is answered. */
  #farewell: string | undefined

  constructor(house: House, peer: Peer<BadMark>, floor: Floor) {
    this.#house = house
    this.#peer = peer
    this.#floor = floor
  }

  /** The client has the word. */
  get listening(): boolean {
    return this.#turn === "theirs"
  }

  /** Of a client that has signed in. */
  get session(): Stay["session"] | undefined {
    return this.#stay?.session
  }

  /** Says it, and ends, as soon as the command that is being served is answered. */
  leaveSoon(text: string): void {
    this.#farewell = text
  }

  /** The session ends, and all that works for it. */
  stop(): void {
    this.#stay?.end()
  }

  /** From the greeting until the client has ended. Rejects where the connection is over, or fails. */
  async hold(): Promise<void> {
    this.#floor.out.write(`* OK [CAPABILITY ${this.#capabilities()}] ${this.#house.hostname} is ready\r\n`)
    while (await this.#next());
  }

  /** Hears one thing and deals with it; false when the client has ended. */
  async #next(): Promise<boolean> {
    const { out, manners, hearing, upload, leave } = this.#floor
    // Who does not read has the word: a stranger's time runs on.
    if (out.isFull) await this.#theirs(() => out.drained())
    const last = manners.farewell ?? this.#farewell
    if (last !== undefined) leave(last)
    const heard = await this.#theirs(() => hearing.next())
    if (heard === undefined) return false
    if (heard.kind === "literal") this.#takeLiteral(heard)
    else {
      upload.whole()
      await this.#answerTo(heard)
      upload.release()
    }
    return true
  }

  /** The client has the word. */
  async #theirs<T>(work: () => Promise<T>): Promise<T> {
    this.#floor.out.flush()
    this.#turn = "theirs"
    try {
      return await work()
    } finally {
      this.#turn = "ours"
    }
  }

  #takeLiteral({ tag, octets, waits, message }: LiteralAnnounced): void {
    const { out, hearing, upload } = this.#floor
    const account = this.session?.account
    if (message && (account === undefined || !upload.take(account, octets))) {
      hearing.reader.refuseLiteral()
      this.#answer(tag, noRoom)
      return
    }
    if (waits) out.write("+ Go on\r\n")
    hearing.reader.takeLiteral()
  }

  async #answerTo(heard: Exclude<Heard, LiteralAnnounced>): Promise<void> {
    const { manners, touch } = this.#floor
    switch (heard.kind) {
      case "command":
        manners.command(this.#stay !== undefined)
        if (manners.farewell === undefined) await this.#serve(heard.tag, heard.command)
        break
      case "bad":
        manners.bad()
        await manners.delayAnswer()
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
    touch()
  }

  async #serve(tag: string, command: Command): Promise<void> {
    const { manners, touch, answered } = this.#floor
    touch()
    const answer = await this.#try(tag, command)
    if (answer.kind === "bad") manners.bad()
    else manners.good()
    await manners.delayAnswer()
    this.#goOn()
    this.#house.figures.answers[answer.kind].add()
    this.#answer(tag, answer)
    answered(command.name, answer.kind)
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
      this.#stay?.desk.selected?.withoutNews(this.#floor.out)
      return answerToError(error)
    }
  }

  /** Serves what concerns the connection itself, and sign-in; the rest is for who has signed in. */
  async #do(tag: string, command: Command): Promise<Answer> {
    const { out } = this.#floor
    switch (command.name) {
      case "CAPABILITY":
        out.write(`* CAPABILITY ${this.#capabilities()}\r\n`)
        return { kind: "ok", text: "These are the capabilities" }
      case "ID":
        return id(this.#house.version, out)
      case "LOGOUT":
        out.write("* BYE Until next time\r\n") // RFC 9051 §6.1.3
        return { kind: "ok", text: "Logged out" }
      case "STARTTLS":
        return mayStartTls(this.#howItIs())
      case "COMPRESS":
        return mayCompress(this.#howItIs(), this.#floor.hearing.waiting, command.mechanism)
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
        return await serveVisit(stay.desk, parts, command, tag, out)
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

  async #idle(): Promise<Answer> {
    const stay = this.#stay
    if (stay === undefined) return signInFirst
    const { out, hearing, leave } = this.#floor
    const { timers, limits } = this.#house
    return await idle({
      out,
      line: () => hearing.line(doneLine),
      wait: () => stay.wait(timers, limits.keepAliveMs),
      awaitTheirs: work => this.#theirs(work),
      tellNews: async () => {
        await this.#tellNews({ expunges: true, look: true })
        if (this.#farewell !== undefined) leave(this.#farewell)
        this.#goOn()
      },
    })
  }

  async #tellNews(how: NewsHow): Promise<void> {
    const selected = this.#stay?.desk.selected
    if (selected === undefined || (await selected.tellNews(this.#floor.out, how)) === "told") return
    this.#floor.leave(farewell["mailbox-gone"])
    throw new GoneError()
  }

  #signInParts(): SignInParts {
    const { out, hearing } = this.#floor
    const { tls, passwords } = this.#howItIs()
    return {
      people: this.#house.people,
      source: this.#peer.ip,
      tls,
      passwords,
      ask: async challenge => {
        out.write(`+ ${challenge}\r\n`)
        return await this.#theirs(() => hearing.line(MAX_SASL_TEXT + 2))
      },
    }
  }

  #signedIn(outcome: SignInOutcome): Answer {
    const { hearing, out, manners, isOver } = this.#floor
    // The client may have gone while its password was checked.
    if (outcome.kind === "signed-in" && isOver()) {
      outcome.session.close()
      throw new GoneError()
    }
    const admitted = admit(this.#house, manners, outcome)
    if (admitted.kind === "stranger") return admitted.answer
    this.#stay = admitted.stay
    hearing.reader.setLimits(this.#house.limits.signedIn)
    out.setUnread(this.#house.limits.unread)
    // RFC 9051 §7.1: it saves the client a question.
    return { kind: "ok", code: `CAPABILITY ${this.#capabilities()}`, text: "You are signed in" }
  }

  #howItIs(): HowItIs {
    return howItIs(this.#house, this.#peer, this.#floor.wire, this.#stay !== undefined)
  }

  #capabilities(): string {
    return capabilitiesOf(this.#howItIs(), this.#house.limits.signedIn.messageLiteral)
  }

  #answer(tag: string, answer: Answer): void {
    this.#floor.out.write(answerLine(tag, answer))
  }

  /** Throws where the connection is over, or its session is: that is said first. */
  #goOn(): void {
    if (this.session?.closed === true) this.#floor.leave(farewell["signed-out"])
    if (this.#floor.isOver()) throw new GoneError()
  }
}

/** Octets of the line that ends IDLE, CRLF included, with some to spare. */
const doneLine = 64
