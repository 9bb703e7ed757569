/**
 * How one client behaves, and what follows: marks for its source, answers that wait, a line in the log, and a
 * farewell when it is too much.
 */
import type { Peer, Timers } from "../entrance/index.ts"
import type { BadMark, Why } from "./abuse.ts"
import { farewell } from "./answers.ts"
import type { House } from "./house.ts"

type Parts = Pick<House, "log"> & {
  readonly limits: Pick<House["limits"], "badCommands" | "wrongSignIns" | "strangerCommands">
  readonly timers: Pick<Timers, "after">
}

export class Manners {
  readonly #parts: Parts
  readonly #peer: Peer<BadMark>
  #misbehaved = false
  #commands = 0
  #badCommands = 0
  #wrongSignIns = 0
  #farewell: string | undefined
  /** Calls off the delay of an answer, where one is running. */
  #callOff: (() => void) | undefined

  constructor(parts: Parts, peer: Peer<BadMark>) {
    this.#parts = parts
    this.#peer = peer
  }

  get commands(): number {
    return this.#commands
  }

  /** It has gone too far: this is to be said, and no more. */
  get farewell(): string | undefined {
    return this.#farewell
  }

  /** A command has come. */
  command(signedIn: boolean): void {
    this.#commands += 1
    if (!signedIn && this.#commands > this.#parts.limits.strangerCommands) this.#tooMuch("too-many-commands")
  }

  good(): void {
    this.#badCommands = 0
  }

  bad(): void {
    this.#mark("fault")
    this.#badCommands += 1
    if (this.#badCommands >= this.#parts.limits.badCommands) this.#tooMuch("errors")
  }

  wrongSignIn(): void {
    this.#mark("wrong-sign-in")
    this.#wrongSignIns += 1
    if (this.#wrongSignIns >= this.#parts.limits.wrongSignIns) this.#tooMuch("wrong-sign-ins")
  }

  /** It asks for what it was told to wait for. */
  impatient(): void {
    this.#misbehaved = true
  }

  abused(why: Why): void {
    const { connection, network } = this.#peer
    if (why === "too-slow" || why === "reads-nothing") this.#peer.mark("too-slow")
    this.#parts.log.event("imap.abused", { connection, source: network, why })
  }

  /** Who has misbehaved waits for the answer. */
  async delayAnswer(): Promise<void> {
    const misbehaved = this.#misbehaved
    this.#misbehaved = false
    if (misbehaved) await this.delayGreeting()
  }

  /** So does the next connection of its source, for the greeting. */
  async delayGreeting(): Promise<void> {
    const ms = this.#peer.delay()
    if (ms === 0) return
    await new Promise<void>(resolve => {
      const stop = this.#parts.timers.after(ms, resolve)
      this.#callOff = () => {
        stop()
        resolve()
      }
    })
    this.#callOff = undefined
  }

  /** Whoever waits need not wait any longer. */
  callOff(): void {
    this.#callOff?.()
  }

  #mark(bad: BadMark): void {
    this.#misbehaved = true
    this.#peer.mark(bad)
  }

  #tooMuch(why: "errors" | "wrong-sign-ins" | "too-many-commands"): void {
    if (this.#farewell === undefined) this.abused(why)
    this.#farewell ??= farewell[why]
  }
}
