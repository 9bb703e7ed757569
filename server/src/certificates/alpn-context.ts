import { generateKeyPairSync } from "node:crypto"
import { createSecureContext, type SecureContext } from "node:tls"
import { alpnDigest } from "@letterkeep/acme"
import { selfSignedCertificate } from "@letterkeep/x509"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { Challenges } from "./challenges.ts"

const day = 24 * 60 * 60 * 1000

/**
 * What is shown to an authority that looks at port 443 (RFC 8737 §3): a certificate for the name, signed by itself, with
 * the answer in it. Undefined where no order waits for that name.
 */
export async function alpnContext(
  {
    challenges,
    clock,
    chance,
  }: {
    readonly challenges: Pick<Challenges, "alpn">
    readonly clock: Clock
    readonly chance: Chance
  },
  name: string,
): Promise<SecureContext | undefined> {
  const keyAuthorization = await challenges.alpn(name.toLowerCase())
  if (keyAuthorization === undefined) return undefined
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const cert = selfSignedCertificate({
    names: [name.toLowerCase()],
    notBefore: clock.now() - day,
    notAfter: clock.now() + day,
    serial: chance.bytes(16),
    privateKey,
    acmeIdentifier: alpnDigest({ keyAuthorization }),
  })
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  return createSecureContext({ cert, key, minVersion: "TLSv1.2" })
}
