/** One attempt at a certificate: account, order, chain; and one question when to renew. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import {
  type AcmeFailure,
  askWhenToRenew,
  type IssuedChain,
  openAccount,
  openSession,
  orderCertificate,
  outcomeOf,
  readChain,
  renewalName,
  type Session,
  type Work,
} from "@letterkeep/acme"
import { certificateRequest } from "@letterkeep/x509"
import { keepAccountUrl, ownAccount } from "./account.ts"
import type { Parts } from "./parts.ts"

export type Attempt =
  | {
      readonly kind: "issued"
      readonly chain: Extract<IssuedChain, { kind: "chain" }>
      /** PKCS #8, PEM. */
      readonly key: string
    }
  | { readonly kind: "failed"; readonly failure: AcmeFailure }

export interface Before {
  /** The key that goes on being used, PEM; undefined: a new one is made. */
  readonly key: string | undefined
  /** The certificate that is replaced, DER. */
  readonly leaf: Buffer | undefined
}

/** Runs a piece of ACME's work to its end. */
export type Run = <T>(work: Work<T>) => Promise<T>

export async function orderOne(parts: Parts, run: Run, before: Before): Promise<Attempt> {
  const first = await attempt(parts, run, before)
  if (first.kind !== "failed" || first.failure.kind !== "account-gone") return first
  // Once: a new account is made for the same key.
  await keepAccountUrl(parts, parts.settings.directory, undefined)
  return await attempt(parts, run, before)
}

async function attempt(parts: Parts, run: Run, before: Before): Promise<Attempt> {
  const { settings, clock } = parts
  const account = await ownAccount(parts, settings.directory)
  const privateKey: KeyObject =
    before.key === undefined
      ? generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey
      : createPrivateKey(before.key)
  const { names, challenge } = settings
  const contact = settings.contact === "" ? [] : [`mailto:${settings.contact}`]
  const external = settings.external
  let session: Session | undefined
  const result = await run(
    outcomeOf(
      (function* (): Work<string> {
        session = yield* openSession(settings.directory, account.key, clock.now)
        if (account.url === undefined) yield* openAccount(session, { agrees: true, contact, external })
        else session.account = account.url
        const replaces =
          before.leaf === undefined || session.directory.renewalInfo === undefined
            ? undefined
            : renewalName(before.leaf)
        const request = (): Buffer => certificateRequest({ names, privateKey })
        return yield* orderCertificate(session, { names, challenge, request, replaces })
      })(),
    ),
  )
  if (session?.account !== undefined && session.account !== account.url)
    await keepAccountUrl(parts, settings.directory, session.account)
  if (result.kind === "failed") return result
  const chain = readChain(result.value, { names, privateKey })
  if (chain.kind === "unfit") return { kind: "failed", failure: { kind: "unfit", why: chain.why } }
  return { kind: "issued", chain, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() }
}

/** Undefined where the authority does not say, or cannot be asked now. */
export async function suggestionFor(parts: Parts, run: Run, leaf: Buffer) {
  const { settings, clock } = parts
  const account = await ownAccount(parts, settings.directory)
  const asked = await run(
    outcomeOf(
      (function* () {
        const session = yield* openSession(settings.directory, account.key, clock.now)
        return yield* askWhenToRenew(session, leaf)
      })(),
    ),
  )
  return asked.kind === "done" ? asked.value : undefined
}
