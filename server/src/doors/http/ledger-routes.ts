import { parseTilePath } from "@letterkeep/tlog"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { Clock } from "../../ports/clock.ts"
import type { PublicLedger } from "../../privacy/index.ts"
import { createPace, type Pace } from "./pace.ts"
import { refuse } from "./refusals.ts"
import { sendStored, storedAnswer } from "./stored-answer.ts"

/**
 * The ledger for everybody: GET /ledger/checkpoint, /ledger/tile/LEVEL/INDEX[.p/WIDTH] and
 * /ledger/tile/entries/INDEX[.p/WIDTH] (C2SP tlog-tiles), and /ledger/key, the verifier key of the checkpoints. It
 * says nothing of anybody, so any site may read it, and whoever keeps copies may keep tiles for ever.
 */
export function serveLedger(http: FastifyInstance, ledger: PublicLedger, clock: Clock): void {
  const bounded = createBound(MAX_AT_ONCE, createPace(clock, queries))

  http.get("/ledger/checkpoint", (request, reply) =>
    bounded(reply, async () => {
      const note = await ledger.checkpoint()
      if (note === undefined) return refuse(reply, "not-found")
      return send(request, reply, Buffer.from(note, "utf8"), { type: text, cache: "no-cache" })
    }),
  )
  http.get("/ledger/key", (request, reply) =>
    send(request, reply, Buffer.from(`${ledger.verifierKey}\n`, "utf8"), { type: text, cache: "no-cache" }),
  )
  http.get<{ Params: { "*": string } }>("/ledger/tile/*", (request, reply) =>
    bounded(reply, async () => {
      const id = parseTilePath(`tile/${request.params["*"]}`)
      const tile = id === undefined ? undefined : await ledger.tile(id)
      if (tile === undefined) return refuse(reply, "not-found")
      return send(request, reply, tile, { type: "application/octet-stream", cache: forEver })
    }),
  )
}

/** Answers under way together, so that strangers' reading leaves the database to those who have mail here. */
const MAX_AT_ONCE = 8
/** Each answer is a query of at most 256 rows: a monitor reads 25,000 events a second, and this process does the rest. */
const queries = { perSecond: 100, burst: 500 }
const text = "text/plain; charset=utf-8"
const forEver = "public, max-age=31536000, immutable"

function createBound(limit: number, pace: Pace) {
  let underWay = 0
  return async (reply: FastifyReply, work: () => Promise<FastifyReply>): Promise<FastifyReply> => {
    if (underWay >= limit || !pace.take()) return refuse(reply, "not-ready")
    underWay++
    try {
      return await work()
    } finally {
      underWay--
    }
  }
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Uint8Array,
  { type, cache }: { readonly type: string; readonly cache: string },
): FastifyReply {
  reply.headers({ "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" })
  return sendStored(storedAnswer({ body: Buffer.from(body), type, cacheControl: cache }), request, reply)
}
