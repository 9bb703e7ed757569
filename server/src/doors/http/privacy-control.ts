import type { FastifyInstance, FastifyRequest } from "fastify"
import { signalSupport } from "../../privacy/index.ts"
import { sendStored, storedAnswer } from "./stored-answer.ts"

/**
 * Global Privacy Control (W3C working draft, "Global Privacy Control (GPC)"): a browser says with `Sec-GPC: 1` that its
 * user's data shall not be sold or shared. It is read on every request. Who is signed in gets a "no" to
 * "sell-or-share" for it; for everybody else there is nothing to do, as nothing of anybody is sold or shared.
 */
declare module "fastify" {
  interface FastifyRequest {
    /** The browser asks that nothing of its user be sold or shared. */
    privacyControl: boolean
  }
}

export function readPrivacyControl(http: FastifyInstance): void {
  http.decorateRequest("privacyControl", false)
  http.addHook("onRequest", async request => {
    request.privacyControl = isPrivacyControl(request)
  })
}

/** Rules: the field is there once, and is the one character 1; anything else says nothing (GPC §3.2). */
function isPrivacyControl({ headers }: FastifyRequest): boolean {
  return headers["sec-gpc"] === "1" // of several, Node makes one with commas
}

/** That this server honours the signal, and since when it says so (GPC §3.4, a well-known address by RFC 8615). */
export function servePrivacyControl(http: FastifyInstance): void {
  const body = Buffer.from(JSON.stringify({ gpc: true, lastUpdate: signalSupport.since }), "utf8")
  const fixed = storedAnswer({ body, type: "application/json; charset=utf-8" })
  http.get("/.well-known/gpc.json", (request, reply) => sendStored(fixed, request, reply))
}
