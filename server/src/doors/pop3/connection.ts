import type { Socket } from "node:net"
import { failed, ok } from "@letterkeep/pop3"
import { MAILDROP_RENEWAL_MS } from "../../messages/index.ts"
import { failure } from "../../ports/log.ts"
import type { Guest, Peer } from "../entrance/index.ts"
import type { BadMark, Why } from "./abuse.ts"
import { type Admitted, authorize } from "./authorization.ts"
import { BrokenOffError } from "./broken-off-error.ts"
import { GoneError } from "./gone-error.ts"
import type { House } from "./house.ts"
import { Line } from "./line.ts"
import { openMaildrop } from "./maildrop.ts"
import { transact } from "./transaction.ts"

/** How long a peer may take to close its side after our last word. */
const lingerMs = 10_000

/**
 * One client at the door, from greeting to farewell. Its commands are served one after the other; `checkTime` ends what
 * takes too long. Our own time, while a command is served, does not count.
 */
export class Connection implements Guest {
  readonly #house: House
  readonly #peer: Peer<BadMark>
  readonly #tlsFirst: boolean
  readonly #line: Line
  readonly #openedAt: number
  #stage: "stranger" | "handshake" | "signed-in" | "leaving" = "stranger"
  /** When the handshake or the leave-taking began. */
  #since = 0
  #admitted: Admitted | undefined
  /** When it was seen that its sign-in has ended. */
  #signedOutAt: number | undefined
  #renewedAt = 0
  #retrieved = 0
  #callOff: (() => void) | undefined

  constructor(house: House, socket: Socket, peer: Peer<BadMark>, how: { readonly tlsFirst: boolean }) {
    this.#house = house
    this.#peer = peer
    this.#tlsFirst = how.tlsFirst
    this.#openedAt = house.time()
    this.#line = new Line(socket, {
      reader: house.limits.reader,
      readAhead: house.limits.readAhead,
      time: house.time,
      onClosed: () => this.#closed(),
      onFailed: (error, during) => {
        if (during !== "handshake") return
        house.log.event("pop3.tls-failed", { connection: peer.connection, error: failure(error) })
      },
    })
  }

  /** The whole conversation is one task, which ends by itself and never rejects. */
  greet(): void {
    this.#house.own(this.#converse())
  }

  hear(bytes: Buffer): void {
    if (this.#tlsFirst) this.#line.giveBack(bytes)
    else this.#line.hear(bytes)
  }

  checkTime(): void {
    const { limits, time } = this.#house
    if (this.#stage !== "leaving" && this.#line.isStalled(limits.unreadMs)) {
      this.#stage = "leaving"
      this.#since = time()
      this.#abused("reads-nothing")
      this.#line.destroy()
      return
    }
    switch (this.#stage) {
      case "stranger":
        this.#checkStranger()
        return
      case "handshake":
        if (time() - this.#since > this.#handshakeMs()) this.#line.destroy()
        return
      case "signed-in":
        this.#checkVisitor()
        return
      case "leaving":
        if (time() - this.#since > lingerMs) this.#line.destroy()
    }
  }

  drain(): void {
    if (this.#line.waitedMs !== undefined) this.#leave()
  }

  destroy(): void {
    this.#line.destroy()
  }

  async #converse(): Promise<void> {
    try {
      if (this.#tlsFirst) await this.#secure()
      await this.#pause(this.#peer.delay())
      await this.#line.write(ok("Letterkeep POP3"))
      const admitted = await authorize({
        house: this.#house,
        line: this.#line,
        peer: this.#peer,
        pause: ms => this.#pause(ms),
        secure: () => this.#secure(),
        abused: why => this.#abused(why),
      })
      if (admitted !== undefined) await this.#visit(admitted)
    } catch (error) {
      this.#failed(error)
    }
    // RFC 1939 §6: the lock is given back before the last word: who reads it may come again at once.
    await this.#release()
    this.#leave()
  }

  async #visit(admitted: Admitted): Promise<void> {
    const { session } = admitted
    this.#admitted = admitted
    this.#stage = "signed-in"
    this.#renewedAt = this.#house.time()
    const mail = this.#house.openMail(session)
    const maildrop = await openMaildrop(mail, this.#house.limits.messages)
    await transact({
      house: this.#house,
      line: this.#line,
      account: session.account,
      mail,
      maildrop,
      retrieved: () => {
        this.#retrieved += 1
      },
    })
  }

  async #secure(): Promise<void> {
    const context = this.#house.secureContext()
    if (context === undefined) throw new GoneError()
    await this.#line.flush()
    this.#stage = "handshake"
    this.#since = this.#house.time()
    await this.#line.secure(context)
    this.#house.figures.tls.add()
    this.#stage = "stranger"
  }

  #handshakeMs(): number {
    const { limits, isCrowded } = this.#house
    return isCrowded() ? Math.min(limits.crowdedStrangerMs, limits.handshakeMs) : limits.handshakeMs
  }

  #checkStranger(): void {
    const { limits, time, isCrowded } = this.#house
    const waited = this.#line.waitedMs ?? 0
    const forNext = isCrowded() ? limits.crowdedStrangerMs : limits.strangerMs
    // In all, whoever's time it is: one who does not read would have it for ever.
    if (waited <= forNext && time() - this.#openedAt <= limits.strangerInAllMs) return
    this.#peer.mark("too-slow")
    this.#abused("too-slow")
    this.#leave()
  }

  #checkVisitor(): void {
    const waited = this.#line.waitedMs
    // RFC 1939 §3: whoever is silent for too long is told nothing, and nothing is removed.
    const idle = waited !== undefined && waited > this.#house.limits.idleMs
    const signedOut = this.#admitted?.session.closed === true
    if (signedOut) this.#signedOutAt ??= this.#house.time()
    // What was being done for it is not worth waiting for: it may take the answer as slowly as it likes.
    const tooLate = this.#house.time() - (this.#signedOutAt ?? Number.POSITIVE_INFINITY) > lingerMs
    if (idle || (signedOut && waited !== undefined)) this.#leave()
    else if (tooLate) this.#line.destroy()
    else if (this.#house.time() - this.#renewedAt > MAILDROP_RENEWAL_MS) void this.#renew()
  }

  async #renew(): Promise<void> {
    this.#renewedAt = this.#house.time()
    const admitted = this.#admitted
    try {
      if (admitted === undefined || (await admitted.lease.renew())) return
      this.#house.log.event("pop3.lease-lost", { account: admitted.session.account })
      this.#line.destroy()
    } catch (error) {
      // The next renewal may do: the lease outlasts two that fail.
      this.#log(error)
    }
  }

  #failed(error: unknown): void {
    if (error instanceof GoneError) return
    if (error instanceof BrokenOffError) {
      this.#log(error.cause)
      this.#line.destroy()
      return
    }
    // Signed out while a command was served, by a change of the credentials: no failure of ours.
    const signedOut = this.#admitted?.session.closed === true
    if (!signedOut) this.#log(error)
    const text = signedOut
      ? "You have been signed out: the credentials have changed"
      : "Something failed here"
    this.#line.say(failed(text, signedOut ? "AUTH" : "SYS/TEMP"))
  }

  #leave(): void {
    if (this.#stage === "leaving") return
    this.#stage = "leaving"
    this.#since = this.#house.time()
    this.#line.end()
  }

  async #release(): Promise<void> {
    const admitted = this.#admitted
    this.#admitted = undefined
    if (admitted === undefined) return
    admitted.session.close()
    await admitted.lease.release().catch((error: unknown) => this.#log(error))
  }

  #closed(): void {
    this.#callOff?.()
    this.#house.log.event("pop3.closed", {
      connection: this.#peer.connection,
      ms: this.#house.time() - this.#openedAt,
      retrieved: this.#retrieved,
    })
    this.#peer.onGone()
  }

  /** Waits; no longer once the line has closed. */
  async #pause(ms: number): Promise<void> {
    if (ms === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const callOff = this.#house.timers.after(ms, resolve)
    this.#callOff = () => {
      callOff()
      resolve()
    }
    await promise
    this.#callOff = undefined
  }

  #abused(why: Why): void {
    const { connection, network } = this.#peer
    this.#house.log.event("pop3.abused", { connection, source: network, why })
  }

  #log(error: unknown): void {
    this.#house.log.event("pop3.failed", { connection: this.#peer.connection, error: failure(error) })
  }
}
