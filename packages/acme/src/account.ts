import { bindExternalAccount, type ExternalAccount } from "./jws.ts"
import { post, type Session } from "./session.ts"
import { AcmeError, type Work } from "./work.ts"

export interface AccountWish {
  /** The operator has agreed to the authority's terms. */
  readonly agrees: boolean
  /** Where the authority may write to, such as "mailto:admin@example.org". */
  readonly contact: readonly string[]
  readonly external: ExternalAccount | undefined
}

/**
 * The account of the session's key, made where there is none yet (RFC 8555 §7.3): the authority answers for a key that it
 * knows with the account that it has. Gives the account's URL, under which the session goes on.
 */
export function* openAccount(session: Session, { agrees, contact, external }: AccountWish): Work<string> {
  const { directory, key } = session
  if (directory.termsOfService !== undefined && !agrees)
    throw new AcmeError({ kind: "terms", url: directory.termsOfService })
  if (directory.externalAccountRequired && external === undefined)
    throw new AcmeError({ kind: "needs-external-account" })
  const answer = yield* post(session, "account", directory.newAccount, {
    termsOfServiceAgreed: agrees,
    ...(contact.length === 0 ? {} : { contact }),
    ...(external === undefined
      ? {}
      : { externalAccountBinding: bindExternalAccount(external, key, directory.newAccount) }),
  })
  const { location } = answer.headers
  if (location === undefined || !URL.canParse(location))
    throw new AcmeError({ kind: "malformed", what: "it does not say where the account is" })
  session.account = location
  return location
}
