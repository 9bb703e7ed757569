/** The certificate of the doors: given in the configuration, or made at first start and kept in the data folder. */
import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto"
import { mkdir, readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { createSecureContext, type SecureContext } from "node:tls"
import { selfSignedCertificate } from "@letterkeep/x509"
import type { Chance } from "./chance.ts"
import type { Clock } from "./clock.ts"
import { writeWhole } from "./write-whole.ts"

export interface Certificate {
  readonly context: SecureContext
  /** Nobody vouches for it: mail servers take it, people's programs warn. */
  readonly selfSigned: boolean
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly names: readonly string[]
  /** DER, the server's own first. */
  readonly chain: readonly Buffer[]
  /** SHA-256 over its public key (SubjectPublicKeyInfo), hex: what TLSA records name it by. */
  readonly keyHash: string
}

export class CertificateError extends Error {
  override readonly name = "CertificateError"
  readonly temporary = false
}

const lifetimeDays = 3650
const day = 24 * 60 * 60 * 1000

export async function loadCertificate(options: {
  readonly given: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly dataFolder: string
  readonly names: readonly string[]
  readonly clock: Clock
  readonly chance: Chance
}): Promise<Certificate> {
  const files = options.given ?? {
    certFile: join(options.dataFolder, "tls", "self-signed.pem"),
    keyFile: join(options.dataFolder, "tls", "self-signed.key"),
  }
  if (options.given === undefined && !(await exists(files.certFile))) await make(files, options)
  const [cert, key] = await Promise.all([readPem(files.certFile), readPem(files.keyFile)])
  const { certFile, keyFile } = files
  return certificateOf({ cert, key, certFile, keyFile, selfSigned: options.given === undefined })
}

/** From PEM. Throws a CertificateError that names where it came from. */
export function certificateOf(given: {
  readonly cert: string
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
  readonly selfSigned: boolean
}): Certificate {
  const { cert, key, certFile, keyFile } = given
  try {
    const parsed = new X509Certificate(cert)
    if (!parsed.checkPrivateKey(createPrivateKey(key)))
      throw new CertificateError(`the key in ${keyFile} is not the one of the certificate in ${certFile}`)
    return {
      context: createSecureContext({ cert, key, minVersion: "TLSv1.2" }),
      selfSigned: given.selfSigned || parsed.issuer === parsed.subject,
      expiresAt: new Date(parsed.validTo).getTime(),
      names: (parsed.subjectAltName ?? "").split(", ").map(name => name.replace(/^DNS:/, "")),
      chain: chainOf(cert),
      keyHash: createHash("sha256")
        .update(parsed.publicKey.export({ type: "spki", format: "der" }))
        .digest("hex"),
    }
  } catch (cause) {
    if (cause instanceof CertificateError) throw cause
    throw new CertificateError(`${certFile} and ${keyFile} do not hold a certificate and its key in PEM`, {
      cause,
    })
  }
}

/** Certificates of one file that are read. */
const chainLimit = 12

function chainOf(pem: string): readonly Buffer[] {
  const blocks = pem.split("-----END CERTIFICATE-----", chainLimit).filter(block => /BEGIN CERT/.test(block))
  return blocks.map(block => new X509Certificate(`${block}-----END CERTIFICATE-----`).raw)
}

/** Certificates of authorities in PEM. Throws a CertificateError. */
export async function readRoots(path: string): Promise<string> {
  const pem = await readPem(path, "set [acme] roots to a file that the server may read")
  if (!/-----BEGIN CERTIFICATE-----/.test(pem))
    throw new CertificateError(`${path} holds no certificate in PEM`)
  return pem
}

async function make(
  files: { readonly certFile: string; readonly keyFile: string },
  options: { readonly names: readonly string[]; readonly clock: Clock; readonly chance: Chance },
): Promise<void> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const notBefore = options.clock.now() - day
  const certificate = selfSignedCertificate({
    names: options.names,
    notBefore,
    notAfter: notBefore + lifetimeDays * day,
    serial: options.chance.bytes(16),
    privateKey,
  })
  await mkdir(dirname(files.certFile), { recursive: true, mode: 0o700 })
  // The certificate last: where it is, its key is too.
  await writeWhole(files.keyFile, privateKey.export({ type: "pkcs8", format: "pem" }).toString())
  await writeWhole(files.certFile, certificate)
}

async function readPem(
  path: string,
  todo = "set [tls] cert and key to files that the server may read",
): Promise<string> {
  try {
    return await readFile(path, "utf8")
  } catch (cause) {
    throw new CertificateError(`cannot read ${path}: ${todo}`, {
      cause,
    })
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await readFile(path)
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false
    throw error
  }
}
