import { createSecureContext, getCACertificates, type SecureContext } from "node:tls"

/**
 * Whom we believe about names: the authorities of the machine, or, where it has none, those that Node brings along.
 * Tests name their own.
 */
export type Roots = readonly string[]

let ofTheMachine: Roots | undefined
const contexts = new WeakMap<Roots, SecureContext>()

/** In PEM. Read once: who changes them starts the server again. */
export function machineRoots(): Roots {
  if (ofTheMachine !== undefined) return ofTheMachine
  const installed = getCACertificates("system")
  ofTheMachine = installed.length > 0 ? installed : getCACertificates("default")
  return ofTheMachine
}

/** For connections that we begin: nothing older than TLS 1.2. */
export function contextFor(roots: Roots): SecureContext {
  const made = contexts.get(roots)
  if (made !== undefined) return made
  const context = createSecureContext({ ca: [...roots], minVersion: "TLSv1.2" })
  contexts.set(roots, context)
  return context
}
