/**
 * The page at /ledger/verify, on which people check the file of their own ledger entries. It is one file without
 * references, made by the build; the door puts this server's verifier key into it, so that a copy that somebody saved
 * knows whose signature to expect. Its content policy is the one that the page itself carries, which names its script
 * and its style by their hashes and allows no request at all.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { FastifyInstance } from "fastify"
import { packedForms, sendStored, storedAnswer } from "./stored-answer.ts"

const keyPlace = '<meta name="letterkeep-ledger-key" content="" />'

/** `verifierKey`: as C2SP's signed-note writes it. */
export async function serveLedgerPage(
  http: FastifyInstance,
  webFolder: string,
  verifierKey: string,
): Promise<void> {
  const built = await readFile(join(webFolder, "alone", "ledger-verify.html"), "utf8").catch(
    (cause: unknown) => {
      throw new Error("The ledger's page is not built. Run: npm run build --workspace web", { cause })
    },
  )
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(built) ?? []
  if (policy === undefined || !built.includes(keyPlace))
    throw new Error("The ledger's page lacks its policy or the place of the key")
  // The name of a key may hold anything but spaces, plus signs and control characters.
  const key = verifierKey.replace(/[&"<>]/g, character => `&#${character.charCodeAt(0)};`)
  const page = built.replace(keyPlace, () => keyPlace.replace('content=""', () => `content="${key}"`))
  const body = Buffer.from(page, "utf8")
  const fixed = storedAnswer({ body, type: "text/html; charset=utf-8", packed: await packedForms(body) })
  http.get("/ledger/verify", (request, reply) => {
    reply.header("content-security-policy", `${policy}; frame-ancestors 'none'`)
    return sendStored(fixed, request, reply)
  })
}
