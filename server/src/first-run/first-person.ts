import type { InvalidAnswer, PersonField, PersonForm } from "../doors/http/index.ts"
import type { People, RefusalCode } from "../people/index.ts"
import {
  type MailAddress,
  mailAddress,
  organisation as named,
  type Secret,
  secret,
} from "../privacy/index.ts"
import type { AccountId } from "../store/index.ts"
import type { VaultSession } from "../vaults/index.ts"

export type MadePerson =
  | {
      readonly kind: "created"
      readonly accountId: AccountId
      readonly address: MailAddress
      readonly recoveryCode: Secret
      /** Undefined when the person was made but could not be signed in: the code must be shown all the same. */
      readonly vault: VaultSession | undefined
    }
  | InvalidAnswer
  | { readonly kind: "already-done" }

/** Makes the first person and signs them in. An organisation without a name gets that of its domain. */
export async function makeFirstPerson(
  people: Pick<People, "addFirstPerson" | "signIn">,
  form: PersonForm,
  isThereSomebody: () => Promise<boolean>,
): Promise<MadePerson> {
  const organisation = form.organisation.trim() === "" ? form.domain : form.organisation
  const password = secret(form.password)
  const made = await people.addFirstPerson({
    organisation: named(organisation),
    domain: named(form.domain),
    localPart: mailAddress(form.localPart),
    password,
  })
  if (made.kind === "slow-down")
    return { kind: "invalid", field: "password", message: "The server is busy. Press the button again." }
  if (made.kind === "refused") {
    if (await isThereSomebody()) return { kind: "already-done" }
    return { kind: "invalid", field: fieldOf[made.why] ?? "localPart", message: made.text }
  }
  const { accountId, address, recoveryCode } = made
  // As it was typed: sign-in asks whose an address is, and opens none that says so already.
  const typed = mailAddress(`${form.localPart}@${form.domain}`)
  const signedIn = await people.signIn(typed, password, "web")
  const vault = signedIn.kind === "signed-in" ? signedIn.session : undefined
  return { kind: "created", accountId, address, recoveryCode, vault }
}

const fieldOf: { readonly [code in RefusalCode]?: PersonField } = {
  "bad-name": "organisation",
  "bad-domain": "domain",
  "bad-password": "password",
}
