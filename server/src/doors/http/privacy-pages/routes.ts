import { readFileSync } from "node:fs"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { Clock } from "../../../ports/clock.ts"
import {
  type CheckResults,
  differenceOf,
  type NewestVersion,
  type PublicPolicy,
} from "../../../privacy/policy/index.ts"
import { refuse } from "../refusals.ts"
import { createShelf, type Made, type ShelfLimits, type Taken } from "../shelf.ts"
import { packedForms, sendStored, storedAnswer } from "../stored-answer.ts"
import { alteredPage } from "./altered-page.ts"
import { differencePage } from "./difference-page.ts"
import { type PolicyPage, policyPage } from "./policy-page.ts"
import { versionsPage } from "./versions-page.ts"

/**
 * The public pages about privacy:
 *
 *     /privacy                     the policy in effect
 *     /privacy/versions            all that were published, a page at a time: ?page=2
 *     /privacy/versions/1.2        one of them; 1.2.json: its canonical text, whose SHA-256 the ledger has
 *     /privacy/diff?from=1&to=1.2  what changed from one to another
 *     /privacy/record.json         the record of processing (GDPR Art. 30)
 *
 * Whoever reaches the door may ask for any of them as often as they like, so each is made once and kept (shelf.ts).
 * The policy in effect has a shelf of its own, so that no questions about other pages keep it from being read.
 */
export interface PrivacyPages {
  readonly policy: PublicPolicy
  /** What `npm run prove` last found: the same map until it is another. */
  readonly results: () => Promise<CheckResults>
}

export interface PrivacyPagesOptions extends PrivacyPages {
  readonly clock: Clock
}

/** With and without the browser's signal; and twice that around the moment when another version takes its place. */
const inEffect: ShelfLimits = { pages: 4, octets: 16 << 20, atOnce: 4, perSecond: 1, burst: 10 }
/** A hundred years of monthly versions would be 1,200 pages: who reads them all waits at times. */
const history: ShelfLimits = { pages: 200, octets: 16 << 20, atOnce: 8, perSecond: 5, burst: 60 }
/** Of any two versions: there are as many pages as pairs. */
const comparisons: ShelfLimits = { pages: 100, octets: 16 << 20, atOnce: 8, perSecond: 5, burst: 60 }

const htmlType = "text/html; charset=utf-8"
const jsonType = "application/json; charset=utf-8"
const style = readFileSync(new URL("page.css", import.meta.url))
/** Old versions show none: their checks are those of the one in effect. */
const none: CheckResults = new Map()
/** What is no label for sure, and so makes nobody look. */
const labelForm = /^[1-9][\d.]{0,18}$/
const pageRule = /^[1-9]\d{0,8}$/

export async function servePrivacyPages(http: FastifyInstance, options: PrivacyPagesOptions): Promise<void> {
  const { policy, results, clock } = options
  const current = createShelf(clock, inEffect)
  const versions = createShelf(clock, history)
  const differences = createShelf(clock, comparisons)
  const revisionOf = countRevisions()

  await serveFixed(http, "/privacy/page.css", {
    text: style.toString("utf8"),
    type: "text/css; charset=utf-8",
  })
  const record = JSON.stringify(policy.record, undefined, 2)
  await serveFixed(http, "/privacy/record.json", { text: `${record}\n`, type: jsonType })

  http.get("/privacy", async (request, reply) => {
    const newest = await policy.newest()
    return newest === undefined ? refuse(reply, "not-found") : await showInEffect(request, reply, newest)
  })

  http.get<{ Querystring: { page?: unknown } }>("/privacy/versions", async (request, reply) => {
    const { page = "1" } = request.query
    if (typeof page !== "string" || !pageRule.test(page)) return refuse(reply, "not-found")
    const newest = await policy.newest()
    const taken = await versions.take(`list ${page}, ${standing(newest)}`, async () => {
      const list = await policy.list(Number(page))
      return list && { text: versionsPage(list), type: htmlType }
    })
    return answer(request, reply, taken)
  })

  http.get<{ Params: { label: string } }>("/privacy/versions/:label", async (request, reply) => {
    const isText = request.params.label.endsWith(".json")
    const label = isText ? request.params.label.slice(0, -".json".length) : request.params.label
    if (!labelForm.test(label)) return refuse(reply, "not-found")
    const newest = await policy.newest()
    if (newest !== undefined && label === newest.label && !isText)
      return await showInEffect(request, reply, newest)
    const taken = await versions.take(`${request.params.label}, ${standing(newest)}`, () =>
      isText ? textOf(label) : pageOf(label, { results: none, signal: false }),
    )
    return answer(request, reply, taken)
  })

  http.get<{ Querystring: { from?: unknown; to?: unknown } }>("/privacy/diff", async (request, reply) => {
    const { from, to } = request.query
    if (typeof from !== "string" || typeof to !== "string") return refuse(reply, "not-found")
    if (!labelForm.test(from) || !labelForm.test(to)) return refuse(reply, "not-found")
    const newest = await policy.newest()
    const taken = await differences.take(`${from} to ${to}, ${standing(newest)}`, () => difference(from, to))
    return answer(request, reply, taken)
  })

  async function showInEffect(request: FastifyRequest, reply: FastifyReply, newest: NewestVersion) {
    const { label } = newest
    const signal = request.privacyControl
    const found = await results()
    const key = `${standing(newest)}, results ${revisionOf(found)}, signal ${signal}`
    const taken = await current.take(key, () => pageOf(label, { results: found, signal }))
    return answer(request, reply, taken, ["sec-gpc"])
  }

  async function pageOf(label: string, about: Omit<PolicyPage, "placed">): Promise<Made | undefined> {
    const placed = await policy.read(label)
    if (placed?.kind === "altered") return { text: alteredPage(placed), type: htmlType, isPassing: true }
    return placed && { text: policyPage({ placed, ...about }), type: htmlType }
  }

  async function textOf(label: string): Promise<Made | undefined> {
    const placed = await policy.read(label)
    return placed?.kind === "whole" ? { text: placed.text, type: jsonType } : undefined
  }

  async function difference(from: string, to: string): Promise<Made | undefined> {
    const [one, other] = await Promise.all([policy.read(from), policy.read(to)])
    if (one === undefined || other === undefined) return undefined
    for (const read of [one, other])
      if (read.kind === "altered") return { text: alteredPage(read), type: htmlType, isPassing: true }
    if (one.kind === "altered" || other.kind === "altered") return undefined
    const changes = differenceOf(one.document, other.document)
    return { text: differencePage(one.version, other.version, changes), type: htmlType }
  }
}

/** A page is made anew where another is the newest, or more are missing after it. */
function standing(newest: NewestVersion | undefined): string {
  return newest === undefined ? "none" : `newest ${newest.label}, missing after it ${newest.missingAfter}`
}

function answer(request: FastifyRequest, reply: FastifyReply, taken: Taken, vary: readonly string[] = []) {
  switch (taken.kind) {
    case "found":
      return sendStored(taken.answer, request, reply, vary)
    case "none":
      return refuse(reply, "not-found")
    case "busy":
      return refuse(reply, "not-ready")
  }
}

/** What stays the same as long as the process lives. */
async function serveFixed(http: FastifyInstance, path: string, { text, type }: Made): Promise<void> {
  const body = Buffer.from(text, "utf8")
  const fixed = storedAnswer({ body, type, packed: await packedForms(body) })
  http.get(path, (request, reply) => sendStored(fixed, request, reply))
}

/** A number for the results, another one whenever they are others. */
function countRevisions(): (results: CheckResults) => number {
  let last: CheckResults | undefined
  let revision = 0
  return results => {
    if (results !== last) revision++
    last = results
    return revision
  }
}
