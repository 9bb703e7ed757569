/**
 * How long a client may take, from its connecting to its leaving. Our own time does not count, but who reads nothing
 * does. It says what is over; what is done about it is the connection's.
 */
import type { House, Session } from "./house.ts"
import type { Output } from "./output.ts"
import type { Upload } from "./upload.ts"

export type Stage = "arriving" | "handshake" | "open" | "leaving" | "gone"

/** What of the connection tells how long it may go on. */
export interface Moment {
  readonly stage: Stage
  /** The client has the word. */
  readonly listening: boolean
  /** Of a client that has signed in. */
  readonly session: Pick<Session, "closed"> | undefined
  readonly out: Pick<Output, "isStalled" | "movedAt">
  readonly upload: Pick<Upload, "isComing" | "isTooSlow">
}

export type Overdue =
  /** Nothing that could be said would be heard. */
  | "cut"
  /** It reads nothing of what waits for it. */
  | "deaf"
  /** Its sign-in has ended. */
  | "signed-out"
  /** It takes too long for what it has to do. */
  | "too-slow"
  /** It was left open, as a mail program may be overnight: no abuse. */
  | "idle"

export class Deadlines {
  readonly #house: Pick<House, "limits" | "time" | "isCrowded" | "isDraining">
  readonly #openedAt: number
  #expiresAt: number
  /** When the client closed its side. */
  #endedAt: number | undefined
  /** When it was seen that its sign-in has ended. */
  #signedOutAt: number | undefined

  constructor(house: Pick<House, "limits" | "time" | "isCrowded" | "isDraining">) {
    this.#house = house
    this.#openedAt = house.time()
    this.#expiresAt = this.#openedAt + house.limits.strangerMs
  }

  /** Milliseconds since the connection opened. */
  get age(): number {
    return this.#house.time() - this.#openedAt
  }

  /** The time for the next command begins. */
  served(signedIn: boolean): void {
    const { idleMs, strangerMs } = this.#house.limits
    this.#expiresAt = this.#house.time() + (signedIn ? idleMs : strangerMs)
  }

  handshakeBegins(): void {
    this.#expiresAt = this.#house.time() + this.#house.limits.handshakeMs
  }

  /** Our last word is said. */
  leaving(): void {
    this.#expiresAt = this.#house.time() + (this.#house.isDraining() ? drainingLingerMs : lingerMs)
  }

  /** The client has closed its side. */
  ended(): void {
    this.#endedAt ??= this.#house.time()
  }

  /** Asked every second. */
  overdue({ stage, listening, session, out, upload }: Moment): Overdue | undefined {
    const now = this.#house.time()
    if (stage === "gone") return undefined
    if (stage === "handshake") return now > this.#handshakeExpiresAt() ? "cut" : undefined
    if (stage === "leaving") return now > this.#expiresAt ? "cut" : undefined
    if (out.isStalled(this.#house.limits.unreadMs)) return "deaf"
    // Who has closed its side may still read what it asked for; one that reads nothing has gone.
    if (this.#endedAt !== undefined && now - Math.max(this.#endedAt, out.movedAt) > lingerMs) return "cut"
    if (listening)
      return session?.closed === true ? "signed-out" : this.#silent(session !== undefined, upload)
    if (session?.closed !== true) return undefined
    // What was being done for it is not worth waiting for: it may take the answer as slowly as it likes.
    this.#signedOutAt ??= now
    return now - this.#signedOutAt > lingerMs ? "cut" : undefined
  }

  #handshakeExpiresAt(): number {
    const { limits, isCrowded } = this.#house
    const longest = isCrowded() ? Math.min(limits.crowdedStrangerMs, limits.handshakeMs) : limits.handshakeMs
    return this.#expiresAt - limits.handshakeMs + longest
  }

  #silent(signedIn: boolean, upload: Moment["upload"]): "too-slow" | "idle" | undefined {
    const { limits, time, isCrowded } = this.#house
    if (upload.isComing ? upload.isTooSlow : time() > this.#expiresAt)
      return signedIn && !upload.isComing ? "idle" : "too-slow"
    if (signedIn) return undefined
    return this.age > (isCrowded() ? limits.crowdedStrangerMs : limits.strangerInAllMs)
      ? "too-slow"
      : undefined
  }
}

/** How long a client may take to close its side after our last word. */
const lingerMs = 10_000
const drainingLingerMs = 3_000
