/**
 * A certificate, from the order to the chain (RFC 8555 §7.1.6):
 *
 *     order ──> authorizations ──> proofs in place ──> "look now" ──> valid ──> request ──> certificate
 *                  valid already? ───────────────────────────────────────^
 *
 * A name that was proven a while ago is not asked about again. What fails, fails the order: the next attempt begins a new
 * one.
 */
import { type ChallengeKind, type Proof, proofOf } from "./proof.ts"
import {
  type Authorization,
  type Challenge,
  maxNames,
  type Order,
  readAuthorization,
  readOrder,
} from "./resources.ts"
import { readRetryAfter } from "./retry-after.ts"
import { type Answered, post, readJson, type Session } from "./session.ts"
import { AcmeError, type Work, wait } from "./work.ts"

export interface OrderWish {
  /** DNS names in lower case, one or more. */
  readonly names: readonly string[]
  readonly challenge: ChallengeKind
  /** Made when all names are proven. DER, for just these names. */
  readonly request: () => Buffer
  /** The certificate that this one follows, by its name with the authority (RFC 9773 §5). */
  readonly replaces: string | undefined
}

/** Milliseconds between two looks at what the authority is doing, at least and at most. */
const shortestLook = 1_000
const longestLook = 30_000
/** Looks before it counts as too slow: some ten minutes. */
const maxLooks = 40

/** Gives the chain, PEM, as the authority sent it. */
export function* orderCertificate(session: Session, wish: OrderWish): Work<string> {
  const { url, order } = yield* newOrder(session, wish)
  yield* proveNames(session, order, wish)
  const ready = order.status === "pending" ? yield* settledOrder(session, url, ["pending"]) : order
  if (ready.status === "ready") yield* finalize(session, ready, wish)
  const valid = yield* settledOrder(session, url, ["pending", "ready", "processing"])
  if (valid.certificate === undefined)
    throw new AcmeError({ kind: "malformed", what: "it does not say where the certificate is" })
  const answer = yield* post(
    session,
    "certificate",
    valid.certificate,
    undefined,
    "application/pem-certificate-chain",
  )
  return answer.body.toString("latin1")
}

/** RFC 8555 §7.4. */
function* newOrder(session: Session, { names, replaces }: OrderWish): Work<{ url: string; order: Order }> {
  if (names.length === 0 || names.length > maxNames) throw new RangeError("an order is for 1 to 100 names")
  const identifiers = names.map(value => ({ type: "dns", value }))
  const wished = { identifiers, ...(replaces === undefined ? {} : { replaces }) }
  try {
    return ordered(yield* post(session, "order", session.directory.newOrder, wished))
  } catch (error) {
    // RFC 9773 §5: what was replaced before, or by another account, is ordered as if for the first time.
    if (replaces === undefined || !(error instanceof AcmeError) || error.failure.kind !== "refused")
      throw error
    if (!["alreadyReplaced", "malformed", "unauthorized"].includes(error.failure.problem.type)) throw error
    return ordered(yield* post(session, "order", session.directory.newOrder, { identifiers }))
  }
}

function ordered(answer: Answered): { readonly url: string; readonly order: Order } {
  const order = readOrder(readJson(answer))
  const { location } = answer.headers
  if (order === undefined || location === undefined || !URL.canParse(location))
    throw new AcmeError({ kind: "malformed", what: "its order is no order of ACME" })
  return { url: location, order }
}

/** All at once: the authority looks at the names side by side. */
function* proveNames(session: Session, order: Order, { challenge }: OrderWish): Work<void> {
  const asked: { readonly url: string; readonly challenge: Challenge }[] = []
  const proofs: Proof[] = []
  for (const url of order.authorizations) {
    const { authorization } = yield* lookAt(session, url)
    if (authorization.status === "valid") continue
    const { name, challenges } = authorization
    const offered = challenges.find(one => one.kind === challenge)
    if (authorization.status !== "pending") throw notProven(authorization, challenge)
    if (offered === undefined) throw new AcmeError({ kind: "not-offered", name, challenge })
    asked.push({ url, challenge: offered })
    proofs.push(proofOf(session.key, challenge, name, offered.token))
  }
  if (proofs.length === 0) return
  yield { kind: "present", proofs }
  // RFC 8555 §7.5.1: an empty object says that the authority may look now.
  for (const one of asked) yield* post(session, "authorization", one.challenge.url, {})
  for (const one of asked) yield* settledAuthorization(session, one.url, challenge)
}

function* settledAuthorization(session: Session, url: string, challenge: ChallengeKind): Work<void> {
  for (let look = 0; look < maxLooks; look += 1) {
    const { authorization, answer } = yield* lookAt(session, url)
    if (authorization.status === "valid") return
    if (authorization.status !== "pending") throw notProven(authorization, challenge)
    yield* wait(pauseAfter(look, answer, session.now()))
  }
  throw new AcmeError({ kind: "too-slow", what: "authorization" })
}

function* lookAt(
  session: Session,
  url: string,
): Work<{ readonly authorization: Authorization; readonly answer: Answered }> {
  const answer = yield* post(session, "authorization", url, undefined)
  const authorization = readAuthorization(readJson(answer))
  if (authorization === undefined)
    throw new AcmeError({ kind: "malformed", what: "its authorization is none of ACME" })
  return { authorization, answer }
}

function notProven({ name, challenges }: Authorization, challenge: ChallengeKind): AcmeError {
  const said =
    challenges.find(one => one.kind === challenge)?.error ?? challenges.find(one => one.error)?.error
  return new AcmeError({ kind: "not-proven", name, challenge, problem: said })
}

/** RFC 8555 §7.4: asks for the certificate of a key. */
function* finalize(session: Session, order: Order, { request }: OrderWish): Work<void> {
  try {
    yield* post(session, "finalize", order.finalize, { csr: request().toString("base64url") })
  } catch (error) {
    // An answer that was lost on its way was one all the same: the order has gone on, and is no longer ready.
    if (!(error instanceof AcmeError) || error.failure.kind !== "refused") throw error
    if (error.failure.problem.type !== "orderNotReady") throw error
  }
}

/** The order when it is in none of these states any more, and not invalid. */
function* settledOrder(session: Session, url: string, passing: readonly Order["status"][]): Work<Order> {
  for (let look = 0; look < maxLooks; look += 1) {
    const answer = yield* post(session, "order", url, undefined)
    const order = readOrder(readJson(answer))
    if (order === undefined) throw new AcmeError({ kind: "malformed", what: "its order is no order of ACME" })
    if (order.status === "invalid")
      throw new AcmeError({
        kind: "refused",
        step: "order",
        status: answer.status,
        problem: order.error ?? { type: "other", detail: "", name: undefined, subproblems: [] },
        retryAfter: undefined,
      })
    if (!passing.includes(order.status)) return order
    yield* wait(pauseAfter(look, answer, session.now()))
  }
  throw new AcmeError({ kind: "too-slow", what: "order" })
}

/** What the authority asks for, within bounds; without that, longer each time. */
function pauseAfter(look: number, { headers }: Answered, now: number): number {
  const wished = readRetryAfter(headers["retry-after"], now) ?? shortestLook * 2 ** Math.min(look, 5)
  return Math.min(longestLook, Math.max(shortestLook, wished))
}
