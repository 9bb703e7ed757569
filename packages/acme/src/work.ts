/**
 * How the client and whoever drives it talk. The client is a generator: it yields what is to be done (a request to send,
 * a while to wait, proofs to put in place) and goes on with what came of it. It opens no socket and has no clock of its
 * own, so a test plays the authority by hand.
 */
import type { AcmeFailure } from "./failure.ts"
import type { Proof } from "./proof.ts"

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST"
  readonly url: string
  /** Of type application/jose+json. */
  readonly body: string | undefined
  readonly accept: string | undefined
}

export type HttpAnswer =
  | {
      readonly kind: "answer"
      readonly status: number
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string | undefined>>
      readonly body: Buffer
    }
  /** `why`: an English phrase, such as "the connection was refused". */
  | { readonly kind: "failed"; readonly why: string }

export type Step =
  | { readonly kind: "request"; readonly request: HttpRequest }
  | { readonly kind: "wait"; readonly ms: number }
  /** Goes on when all of them can be seen from outside. */
  | { readonly kind: "present"; readonly proofs: readonly Proof[] }

/** Only a request is answered with something. */
export type Work<T> = Generator<Step, T, HttpAnswer | undefined>

/** Ends a piece of work; caught once, by `outcomeOf`. */
export class AcmeError extends Error {
  override readonly name = "AcmeError"
  readonly temporary = true
  readonly failure: AcmeFailure

  constructor(failure: AcmeFailure) {
    super(failure.kind)
    this.failure = failure
  }
}

export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly failure: AcmeFailure }

export function* outcomeOf<T>(work: Work<T>): Work<Outcome<T>> {
  try {
    return { kind: "done", value: yield* work }
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    return { kind: "failed", failure: error.failure }
  }
}

export function* ask(request: HttpRequest): Work<HttpAnswer> {
  const answer = yield { kind: "request", request }
  if (answer === undefined) throw new TypeError("a request was not answered")
  return answer
}

export function* wait(ms: number): Work<void> {
  yield { kind: "wait", ms }
}
