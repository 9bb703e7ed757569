import { createHash } from "node:crypto"
import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"
import type { FastifyReply, FastifyRequest } from "fastify"

/**
 * An answer that is held in memory and is the same for everybody who asks: its octets, their compressed forms and its
 * tag are made once, so that giving it costs a look-up and a write, and asking whether it is another one (304) or how
 * long it is (HEAD) less than that.
 */
export interface StoredAnswer {
  readonly body: Buffer
  readonly packed: ReadonlyMap<Encoding, Buffer>
  readonly type: string
  /** A strong one, in quotes. */
  readonly tag: string
  readonly cacheControl: string
}

export type Encoding = "br" | "gzip"

export interface AnswerParts {
  readonly body: Buffer
  readonly type: string
  /** "no-cache" unless said otherwise: asked for anew each time, and sent only when it is another. */
  readonly cacheControl?: string
  readonly packed?: ReadonlyMap<Encoding, Buffer>
}

export function storedAnswer(parts: AnswerParts): StoredAnswer {
  return {
    body: parts.body,
    type: parts.type,
    packed: parts.packed ?? new Map(),
    tag: `"${createHash("sha256").update(parts.body).digest("base64url").slice(0, 22)}"`,
    cacheControl: parts.cacheControl ?? "no-cache",
  }
}

/** What is shorter fits into a packet as it is. */
const worthPacking = 1400
/** Of 11: from here on, a page of text takes much longer to pack and gets little shorter. */
const brotliQuality = 5
const inBrotli = promisify(brotliCompress)
const inGzip = promisify(gzip)

/** The forms that browsers take, packed on a thread of their own. */
export async function packedForms(body: Buffer): Promise<ReadonlyMap<Encoding, Buffer>> {
  if (body.length < worthPacking) return new Map()
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
    [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
  }
  const [br, gz] = await Promise.all([inBrotli(body, { params }), inGzip(body)])
  return new Map<Encoding, Buffer>([
    ["br", br],
    ["gzip", gz],
  ])
}

/** Octets that it takes in memory, about. */
export function sizeOf({ body, packed }: StoredAnswer): number {
  return [...packed.values()].reduce((sum, one) => sum + one.length, body.length)
}

/** `vary`: fields of the request besides Accept-Encoding that decided which answer it is. */
export function sendStored(
  answer: StoredAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
  vary: readonly string[] = [],
): FastifyReply {
  const encoding = (["br", "gzip"] as const).find(
    name => answer.packed.has(name) && accepts(request.headers["accept-encoding"], name),
  )
  const varies = answer.packed.size === 0 ? vary : ["accept-encoding", ...vary]
  const tag = encoding === undefined ? answer.tag : answer.tag.replace(/"$/, `-${encoding}"`)
  reply.headers({ "cache-control": answer.cacheControl, etag: tag })
  if (varies.length > 0) reply.header("vary", varies.join(", "))
  if (isHeld(request.headers["if-none-match"], tag)) return reply.code(304).send()
  const body = encoding === undefined ? undefined : answer.packed.get(encoding)
  if (encoding !== undefined && body !== undefined) reply.header("content-encoding", encoding)
  return reply.type(answer.type).send(body ?? answer.body)
}

/** Rules: `*`, or tags with commas between them, each perhaps marked as weak, which does not count (RFC 9110 §13.1.2). */
function isHeld(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(",").some(one => {
    const bare = one.trim().replace(/^W\//, "")
    return bare === tag || bare === "*"
  })
}

/** Rules: codings with commas between them, each with an optional weight; weight 0 means no (RFC 9110 §12.5.3). */
function accepts(header: string | string[] | undefined, encoding: Encoding): boolean {
  return String(header ?? "")
    .split(",")
    .some(item => {
      const [name, ...weights] = item.split(";").map(part => part.trim().toLowerCase())
      return name === encoding && !weights.some(weight => /^q=0(\.0*)?$/.test(weight))
    })
}
