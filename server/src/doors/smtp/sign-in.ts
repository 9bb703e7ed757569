import { readSaslText, saslText } from "@letterkeep/sasl"
import type { SignInOffer } from "@letterkeep/smtp"
import {
  type SaslAnswer,
  type SaslChannel,
  type SaslOutcome,
  type SignedInAccount,
  saslMechanisms,
  signInBySasl,
} from "../../people/index.ts"
import { signInReplies, tooManyAttempts, tooManyOfAccount, wrongSignIns } from "./replies.ts"
import type { Link, Verdict } from "./service.ts"
import type { SubmissionHouse } from "./submission.ts"

type Parts = Pick<
  SubmissionHouse,
  "people" | "limits" | "figures" | "visitors" | "log" | "plaintextOnLoopback"
>

/**
 * AUTH on one connection (RFC 4954): one exchange at a time, and who has signed in. A password is taken over TLS alone,
 * or from this machine where the operator allows it. Wrong ones are slowed down, and end the connection when there are
 * too many. Of the session that a sign-in begins only its owner is remembered: nothing is opened with it here.
 */
export class SignIn {
  readonly #house: Parts
  readonly #link: Link
  #account: SignedInAccount | undefined
  /** Hears the client's next line, where a challenge was sent. */
  #hear: ((answer: SaslAnswer) => void) | undefined
  #wrong = 0
  #closed = false

  constructor(house: Parts, link: Link) {
    this.#house = house
    this.#link = link
  }

  get offer(): SignInOffer {
    return { mechanisms: () => saslMechanisms(this.#channel()) }
  }

  get account(): SignedInAccount | undefined {
    return this.#account
  }

  /** Undefined where there is nothing to answer: the client took it back, or has gone. */
  async begin(mechanism: string, initial: string | undefined): Promise<Verdict | undefined> {
    const first = initial === undefined ? undefined : readSaslText(initial)
    if (initial !== undefined && first === undefined) return { reply: signInReplies.malformed }
    return await this.#judge(await signInBySasl(this.#house.people, this.#channel(), mechanism, first))
  }

  /** The client's answer to a challenge. */
  respond(text: string): void {
    this.#answer(readSaslText(text) ?? "malformed")
  }

  /** The client did not go on with the exchange that is under way, if one is. */
  giveUp(): void {
    this.#answer("given-up")
  }

  /** TLS came over the connection: nothing said before it counts (RFC 3207 §4.2). */
  forget(): void {
    if (this.#account !== undefined) this.#house.visitors.leave(this.#account.id)
    this.#account = undefined
  }

  close(): void {
    this.#closed = true
    this.giveUp()
    this.forget()
  }

  #channel(): SaslChannel {
    const { peer, tls } = this.#link
    const side = tls()
    return {
      protocol: "submission",
      source: peer.ip,
      tls: side,
      passwords: side !== undefined || (this.#house.plaintextOnLoopback && peer.local),
      ask: challenge =>
        new Promise(resolve => {
          this.#hear = resolve
          this.#link.challenge(saslText(challenge))
        }),
    }
  }

  #answer(answer: SaslAnswer): void {
    const hear = this.#hear
    this.#hear = undefined
    hear?.(answer)
  }

  async #judge(outcome: SaslOutcome): Promise<Verdict | undefined> {
    const { figures, limits } = this.#house
    const { peer, pause } = this.#link
    switch (outcome.kind) {
      case "signed-in":
        outcome.session.close()
        return this.#enter(outcome.account)
      case "refused": {
        figures.signIns.wrong.add()
        peer.mark("wrong-sign-in")
        this.#wrong += 1
        await pause(peer.delay())
        const reply = signInReplies.refused
        return this.#wrong < limits.wrongSignIns ? { reply } : { reply, farewell: wrongSignIns }
      }
      case "slow-down":
        figures.signIns.slowed.add()
        await pause(peer.delay())
        return { reply: tooManyAttempts(outcome.retryAfterSeconds) }
      case "given-up":
        return undefined
      case "malformed":
      case "no-such-mechanism":
      case "tls-first":
        return { reply: signInReplies[outcome.kind] }
    }
  }

  #enter(account: SignedInAccount): Verdict | undefined {
    const { visitors, figures, limits, log } = this.#house
    // The client may have gone while its password was checked.
    if (this.#closed) return undefined
    if (!visitors.enter(account.id)) {
      figures.signIns.limited.add()
      log.event("smtp.too-many-of-account", { account: account.id })
      return { reply: tooManyOfAccount(limits.connectionsPerAccount) }
    }
    figures.signIns.good.add()
    this.#account = account
    return { reply: signInReplies["signed-in"] }
  }
}
