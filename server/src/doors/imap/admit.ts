/** What follows a try to sign in: it is counted, and who is right is let in, unless its account is here too often. */
import type { Answer } from "./handler.ts"
import type { House, Session } from "./house.ts"
import type { Manners } from "./manners.ts"
import type { SignInOutcome } from "./sign-in.ts"
import { beginStay, type Stay } from "./stay.ts"

export type Admitted =
  | { readonly kind: "stays"; readonly stay: Stay }
  | { readonly kind: "stranger"; readonly answer: Answer }

export function admit(
  house: House,
  manners: Pick<Manners, "wrongSignIn" | "impatient">,
  outcome: SignInOutcome,
): Admitted {
  const { signIns } = house.figures
  switch (outcome.kind) {
    case "signed-in":
      return enter(house, outcome.session)
    case "wrong":
      signIns.wrong.add()
      manners.wrongSignIn()
      break
    case "slowed":
      signIns.slowed.add()
      manners.impatient()
      break
    case "refused":
      break
  }
  return { kind: "stranger", answer: outcome.answer }
}

function enter(house: House, session: Session): Admitted {
  const { figures, limits, log, visitors } = house
  if (!visitors.enter(session.account)) {
    figures.signIns.limited.add()
    log.event("imap.too-many-of-account", { account: session.account })
    session.close()
    const text = `The account has ${limits.connectionsPerAccount} connections open; close a mail program`
    return { kind: "stranger", answer: { kind: "no", code: "LIMIT", text } } // RFC 5530 §3
  }
  figures.signIns.good.add()
  return { kind: "stays", stay: beginStay(house, session) }
}
