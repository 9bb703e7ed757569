/**
 * What an authority keeps for its clients, as it shows it in JSON (RFC 8555 §7.1). Each reader takes what it needs and
 * gives `undefined` for what is not of that form.
 */
import { isObject, type Problem, readProblem } from "./problem.ts"
import { type ChallengeKind, challengeKinds, isToken } from "./proof.ts"

export interface Directory {
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
  /** RFC 9773 §4.1; undefined where the authority does not say when to renew. */
  readonly renewalInfo: string | undefined
  readonly termsOfService: string | undefined
  readonly externalAccountRequired: boolean
}

export interface Order {
  readonly status: "pending" | "ready" | "processing" | "valid" | "invalid"
  readonly authorizations: readonly string[]
  readonly finalize: string
  readonly certificate: string | undefined
  readonly error: Problem | undefined
}

export interface Authorization {
  readonly status: "pending" | "valid" | "invalid" | "deactivated" | "expired" | "revoked"
  readonly name: string
  readonly challenges: readonly Challenge[]
}

export interface Challenge {
  readonly kind: ChallengeKind
  readonly url: string
  readonly token: string
  readonly error: Problem | undefined
}

/** Names in one order. */
export const maxNames = 100
const maxChallenges = 20
const maxUrl = 2_000

export function readDirectory(value: unknown): Directory | undefined {
  if (!isObject(value)) return undefined
  const { newNonce, newAccount, newOrder, renewalInfo } = value
  const meta = isObject(value.meta) ? value.meta : {}
  if (!isUrl(newNonce) || !isUrl(newAccount) || !isUrl(newOrder)) return undefined
  return {
    newNonce,
    newAccount,
    newOrder,
    renewalInfo: isUrl(renewalInfo) ? renewalInfo : undefined,
    termsOfService: isUrl(meta.termsOfService) ? meta.termsOfService : undefined,
    externalAccountRequired: meta.externalAccountRequired === true,
  }
}

export function readOrder(value: unknown): Order | undefined {
  if (!isObject(value)) return undefined
  const status = oneOf(value.status, ["pending", "ready", "processing", "valid", "invalid"])
  const { authorizations, finalize, certificate, error } = value
  if (status === undefined || !isUrl(finalize)) return undefined
  if (!Array.isArray(authorizations) || authorizations.length > maxNames || !authorizations.every(isUrl))
    return undefined
  return {
    status,
    authorizations,
    finalize,
    certificate: isUrl(certificate) ? certificate : undefined,
    error: error === undefined ? undefined : readProblem(error),
  }
}

/** Challenges of kinds that are unknown here are left out. */
export function readAuthorization(value: unknown): Authorization | undefined {
  if (!isObject(value) || !isObject(value.identifier) || !Array.isArray(value.challenges)) return undefined
  const status = oneOf(value.status, ["pending", "valid", "invalid", "deactivated", "expired", "revoked"])
  const { type, value: name } = value.identifier
  if (status === undefined || type !== "dns" || typeof name !== "string" || name.length > 253)
    return undefined
  const challenges = value.challenges
    .slice(0, maxChallenges)
    .map(readChallenge)
    .filter(one => one !== undefined)
  return { status, name: name.toLowerCase(), challenges }
}

function readChallenge(value: unknown): Challenge | undefined {
  if (!isObject(value)) return undefined
  const kind = oneOf(value.type, challengeKinds)
  const { url, token, error } = value
  if (kind === undefined || !isUrl(url) || typeof token !== "string" || !isToken(token)) return undefined
  return { kind, url, token, error: error === undefined ? undefined : readProblem(error) }
}

function isUrl(value: unknown): value is string {
  return typeof value === "string" && value.length <= maxUrl && URL.canParse(value)
}

function oneOf<const W extends string>(value: unknown, words: readonly W[]): W | undefined {
  return words.find(word => word === value)
}
