/**
 * The certificate that this process shows, read again whenever any node has put another into the database: connections
 * that begin from then on get the new one, those that are open keep what they have.
 */
import { type Certificate, CertificateError, certificateOf } from "../ports/certificate.ts"
import { failure, type Log } from "../ports/log.ts"
import type { Store } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import { keyOf } from "./key-at-rest.ts"
import { CERTIFICATE_CHANNEL, readCertificateRow, rowNames } from "./rows.ts"

export interface InForce {
  /** Undefined until the first one was issued. */
  current(): Certificate | undefined
  close(): Promise<void>
}

export async function watchInForce(
  parts: {
    readonly store: Pick<Store, "sql" | "listen">
    readonly vaults: Pick<Vaults, "openFromServer">
    readonly log: Log
  },
  forNames: readonly string[],
): Promise<InForce> {
  const { store, vaults, log } = parts
  const names = rowNames(forNames)
  let current: Certificate | undefined
  let shown: string | undefined

  async function read(): Promise<void> {
    const issued = (await readCertificateRow(store, names))?.issued
    if (issued === undefined || issued.chain === shown) return
    const key = keyOf(vaults, names, issued.keySealed)
    if (key === undefined)
      throw new CertificateError("the key of the certificate was not sealed by this server")
    const place = "the table certificate"
    current = certificateOf({
      cert: issued.chain,
      key,
      certFile: place,
      keyFile: place,
      selfSigned: false,
    })
    shown = issued.chain
    log.event("tls.certificate-loaded", { selfSigned: current.selfSigned })
  }
  /** One after the other; what cannot be used leaves what there was in force. */
  let reading: Promise<void> = Promise.resolve()
  const readAgain = (): Promise<void> => {
    reading = reading
      .then(read)
      .catch((error: unknown) => log.event("tls.certificate-failed", { error: failure(error) }))
    return reading
  }
  const stop = await store.listen(CERTIFICATE_CHANNEL, readAgain, readAgain)
  await readAgain()
  return {
    current: () => current,
    async close() {
      await stop()
      await reading
    },
  }
}
