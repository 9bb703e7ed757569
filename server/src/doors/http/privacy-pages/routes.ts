import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { type CheckResults, differenceOf, type PublicPolicy } from "../../../privacy/policy/index.ts"
import { refuse } from "../refusals.ts"
import { differencePage } from "./difference-page.ts"
import { policyPage } from "./policy-page.ts"
import { versionsPage } from "./versions-page.ts"

/**
 * The public pages about privacy:
 *
 *     /privacy                     the policy in effect
 *     /privacy/versions            all that were published
 *     /privacy/versions/1.2        one of them; 1.2.json: its canonical text, whose SHA-256 the ledger has
 *     /privacy/diff?from=1&to=1.2  what changed from one to another
 *     /privacy/record.json         the record of processing (GDPR Art. 30)
 */
export interface PrivacyPages {
  readonly policy: PublicPolicy
  /** What `npm run prove` last found. */
  readonly results: CheckResults
}

const style = readFileSync(new URL("page.css", import.meta.url))
/** Rules: the number of the rules, and where it is not the first edition of them, a dot and the edition's. */
const labelRule = /^[1-9]\d{0,8}(?:\.[1-9]\d{0,8})?$/

export function servePrivacyPages(http: FastifyInstance, { policy, results }: PrivacyPages): void {
  http.get("/privacy/page.css", (request, reply) =>
    send(request, reply, "text/css; charset=utf-8", style.toString("utf8")),
  )

  http.get("/privacy", async (request, reply) => {
    reply.header("vary", "sec-gpc")
    const [newest] = await policy.versions()
    return showVersion(request, reply, newest?.label ?? "")
  })

  http.get("/privacy/versions", async (request, reply) =>
    send(request, reply, htmlType, versionsPage(await policy.versions())),
  )

  http.get<{ Params: { label: string } }>("/privacy/versions/:label", async (request, reply) => {
    const { label } = request.params
    if (!label.endsWith(".json")) return showVersion(request, reply, label)
    const found = await read(label.slice(0, -".json".length))
    return found === undefined
      ? refuse(reply, "not-found")
      : send(request, reply, "application/json; charset=utf-8", found.text)
  })

  http.get<{ Querystring: { from?: unknown; to?: unknown } }>("/privacy/diff", async (request, reply) => {
    const [from, to] = await Promise.all([read(request.query.from), read(request.query.to)])
    if (from === undefined || to === undefined) return refuse(reply, "not-found")
    const changes = differenceOf(from.document, to.document)
    return send(request, reply, htmlType, differencePage(from.version, to.version, changes))
  })

  const record = JSON.stringify(policy.record, undefined, 2)
  http.get("/privacy/record.json", (request, reply) =>
    send(request, reply, "application/json; charset=utf-8", `${record}\n`),
  )

  async function read(label: unknown) {
    if (typeof label !== "string" || !labelRule.test(label)) return undefined
    const versions = await policy.versions()
    const at = versions.findIndex(one => one.label === label)
    const version = versions[at]
    const found = await policy.read(label)
    if (version === undefined || found === undefined) return undefined
    return {
      version,
      ...found,
      isCurrent: at === 0,
      until: versions[at - 1]?.publishedAt,
      before: versions[at + 1]?.label,
    }
  }

  async function showVersion(request: FastifyRequest, reply: FastifyReply, label: string) {
    const found = await read(label)
    if (found === undefined) return refuse(reply, "not-found")
    const signal = request.privacyControl
    return send(request, reply, htmlType, policyPage({ ...found, results, signal }))
  }
}

const htmlType = "text/html; charset=utf-8"

/** Asked for anew each time, and sent only when it is another (RFC 9110 §13.1.2). */
function send(request: FastifyRequest, reply: FastifyReply, type: string, text: string): FastifyReply {
  const tag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`
  reply.headers({ "cache-control": "no-cache", etag: tag })
  if (request.headers["if-none-match"] === tag) return reply.code(304).send()
  return reply.type(type).send(text)
}
