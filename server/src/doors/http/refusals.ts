import type { FastifyReply } from "fastify"
import type { Refusal } from "./setup-api.ts"

/** The status code of each refusal (RFC 9110 §15). */
const statusCodes: Readonly<Record<Refusal["kind"], number>> = {
  malformed: 400,
  "session-over": 401,
  "wrong-link": 403,
  "not-found": 404,
  busy: 409,
  done: 410,
  "too-big": 413,
  "wrong-host": 421,
  "slow-down": 429,
  failed: 500,
  "not-ready": 503,
}

/** Answers with nothing but the kind: what went wrong inside is for the log. */
export function refuse(reply: FastifyReply, kind: Refusal["kind"]): FastifyReply {
  if (kind === "slow-down" || kind === "not-ready") reply.header("retry-after", "3")
  const refusal: Refusal = { kind }
  return reply.code(statusCodes[kind]).send(refusal)
}
