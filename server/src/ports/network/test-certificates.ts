import { createSecureContext, type SecureContext } from "node:tls"
import { type Made, type MakeOptions, make } from "../../../../packages/dane/fixtures/certificates.ts"
import { certificatePem } from "../../../../packages/x509/src/certificate.ts"

/** For tests with real sockets: an authority of the test's own, and certificates that it signed, valid today. */
export interface TestCertificate {
  readonly made: Made
  /** With its chain. */
  readonly pem: string
  readonly context: SecureContext
}

const day = 86_400_000

function makeToday(options: MakeOptions): Made {
  return make({ from: Date.now() - day, to: Date.now() + day, ...options })
}

export const testAuthority: Made = makeToday({ name: "authority", ca: true })
/** What `roots` wants. */
export const testRoots: readonly string[] = [pemOf(testAuthority)]

export function certificateFor(
  names: readonly string[],
  options: Partial<MakeOptions> = {},
): TestCertificate {
  const made = makeToday({ name: names[0] ?? "nobody", dns: names, by: testAuthority, ...options })
  return shown(made, pemOf(made) + pemOf(testAuthority))
}

export function selfSignedFor(name: string): TestCertificate {
  const made = makeToday({ name, dns: [name] })
  return shown(made, pemOf(made))
}

function shown(made: Made, pem: string): TestCertificate {
  const key = made.key.export({ type: "pkcs8", format: "pem" }).toString()
  return { made, pem, context: createSecureContext({ key, cert: pem }) }
}

function pemOf({ der }: Made): string {
  return certificatePem(der)
}
