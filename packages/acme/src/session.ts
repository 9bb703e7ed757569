/**
 * A conversation with one authority: its directory, the nonce for the next request, the account. Each request is signed
 * anew; a nonce that the authority does not take (any more) is no failure, and neither is a connection that broke once.
 */
import type { AcmeStep } from "./failure.ts"
import { type AccountKey, signRequest } from "./jws.ts"
import { readProblem } from "./problem.ts"
import { type Directory, readDirectory } from "./resources.ts"
import { readRetryAfter } from "./retry-after.ts"
import { AcmeError, ask, type HttpAnswer, type HttpRequest, type Work, wait } from "./work.ts"

export interface Session {
  readonly directory: Directory
  readonly key: AccountKey
  readonly now: () => number
  /** Of the directory: all else has to lie there too. */
  readonly origin: string
  /** The account's URL, once it is known. */
  account: string | undefined
  nonce: string | undefined
}

export type Answered = Extract<HttpAnswer, { kind: "answer" }>

/** Milliseconds before a request is sent again whose connection broke, or that found the authority unwell. */
const pauses = [2_000, 10_000]
/** Times that a request is signed anew for another nonce. */
const maxBadNonces = 5

/** Reads the directory (RFC 8555 §7.1.1). */
export function* openSession(directoryUrl: string, key: AccountKey, now: () => number): Work<Session> {
  const request = { method: "GET", url: directoryUrl, body: undefined, accept: undefined } as const
  const answer = yield* askPatiently(() => request)
  if (answer.status !== 200) throw refused("directory", answer, now)
  const directory = readDirectory(readJson(answer))
  if (directory === undefined)
    throw new AcmeError({ kind: "malformed", what: "its directory is no directory of ACME" })
  const { origin } = new URL(directoryUrl)
  return { directory, key, now, origin, account: undefined, nonce: undefined }
}

/** Sends a signed request and gives the answer, which is a success (2xx). `payload` undefined: reads (POST-as-GET). */
export function* post(
  session: Session,
  step: AcmeStep,
  url: string,
  payload: object | undefined,
  accept?: string,
): Work<Answered> {
  requireOrigin(session, url)
  for (let badNonces = 0; ; badNonces += 1) {
    const answer = yield* askPatiently(function* () {
      const nonce = session.nonce ?? (yield* newNonce(session))
      // RFC 8555 §6.5: a nonce is good for one request.
      session.nonce = undefined
      const body = signRequest(session.key, { url, nonce, account: session.account, payload })
      return { method: "POST", url, body, accept }
    })
    session.nonce = nonceOf(answer)
    if (answer.status >= 200 && answer.status < 300) return answer
    const { problem } = describe(answer, session.now)
    if (problem.type === "badNonce" && badNonces < maxBadNonces) continue
    if (problem.type === "accountDoesNotExist") throw new AcmeError({ kind: "account-gone" })
    throw refused(step, answer, session.now)
  }
}

/** A plain GET of something that anybody may read. */
export function* get(session: Session, step: AcmeStep, url: string): Work<Answered> {
  requireOrigin(session, url)
  const answer = yield* askPatiently(() => ({ method: "GET", url, body: undefined, accept: undefined }))
  if (answer.status !== 200) throw refused(step, answer, session.now)
  return answer
}

/** RFC 8555 §7.2. */
function* newNonce(session: Session): Work<string> {
  const url = session.directory.newNonce
  requireOrigin(session, url)
  const answer = yield* ask({ method: "HEAD", url, body: undefined, accept: undefined })
  if (answer.kind === "failed") throw new AcmeError({ kind: "unreachable", why: answer.why })
  const nonce = nonceOf(answer)
  if (nonce === undefined) throw new AcmeError({ kind: "malformed", what: "it gives no nonce" })
  return nonce
}

type Make = (() => HttpRequest) | (() => Work<HttpRequest>)

/** `make` is called for each try, as what is signed may be sent once. */
function* askPatiently(make: Make): Work<Answered> {
  for (let tries = 0; ; tries += 1) {
    const made = make()
    const answer = yield* ask("method" in made ? made : yield* made)
    const pause = pauses[tries]
    const isUnwell =
      answer.kind === "answer" && answer.status >= 500 && answer.headers["retry-after"] === undefined
    if (answer.kind === "answer" && (!isUnwell || pause === undefined)) return answer
    if (pause === undefined)
      throw new AcmeError({
        kind: "unreachable",
        why: answer.kind === "failed" ? answer.why : "it answers with an error of its own",
      })
    yield* wait(pause)
  }
}

/** Departs from RFC 8555 §7.1, where URLs may lead anywhere: the server talks to the authority that the operator named. */
function requireOrigin({ origin }: Session, url: string): void {
  if (new URL(url).origin !== origin)
    throw new AcmeError({ kind: "malformed", what: `it leads to another server than ${origin}` })
}

export function readJson({ body }: Answered): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown
  } catch {
    // The one way in which text says that it is not JSON; the readers say what they miss.
    return undefined
  }
}

function describe(answer: Answered, now: () => number) {
  return {
    problem: readProblem(readJson(answer)),
    retryAfter: readRetryAfter(answer.headers["retry-after"], now()),
  }
}

function refused(step: AcmeStep, answer: Answered, now: () => number): AcmeError {
  return new AcmeError({ kind: "refused", step, status: answer.status, ...describe(answer, now) })
}

function nonceOf({ headers }: Answered): string | undefined {
  const nonce = headers["replay-nonce"]
  return nonce !== undefined && /^[A-Za-z0-9_-]{1,512}$/.test(nonce) ? nonce : undefined
}
