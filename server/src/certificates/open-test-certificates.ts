import type { TestContext } from "node:test"
import { playAuthority, type Twist } from "../../../packages/acme/src/test-authority.ts"
import { createTestIssuer } from "../../../packages/acme/src/test-issuer.ts"
import { systemChance } from "../ports/chance.ts"
import type { Timer } from "../ports/timer.ts"
import { atEnd } from "../store/at-end.ts"
import { openTestVaults } from "../vaults/open-test-vaults.ts"
import { createChallenges } from "./challenges.ts"
import type { Hands } from "./drive.ts"
import { watchInForce } from "./in-force.ts"
import type { Parts } from "./parts.ts"
import { createRenewer } from "./renewer.ts"
import type { AuthoritySettings } from "./settings.ts"

/** Milliseconds. */
export const day = 24 * 60 * 60 * 1000

/** Nobody waits in a test. */
const noTime: Timer = {
  after(_ms, run) {
    const soon = setImmediate(run)
    return () => clearImmediate(soon)
  },
}

/**
 * Nodes with one database and one authority in memory. The clock stands still until the test moves it; certificates are
 * good for 90 days.
 */
export async function openTestCertificates(
  t: TestContext,
  options: {
    readonly twist?: Twist
    readonly settings?: Partial<AuthoritySettings>
    readonly hands?: Partial<Hands>
    readonly renewalInfo?: boolean
  } = {},
) {
  const { store, vaults, clock, log } = await openTestVaults(t)
  const settings: AuthoritySettings = {
    directory: "https://ca.test/dir",
    contact: "",
    names: ["mail.example"],
    challenge: "http-01",
    dnsHook: undefined,
    external: undefined,
    ...options.settings,
  }
  const issue = createTestIssuer(settings.names, () => ({
    notBefore: clock.at,
    notAfter: clock.at + 90 * day,
  }))
  const authority = playAuthority({ ...options, names: settings.names, issue })
  const challenges = createChallenges({ store, vaults, clock, timer: noTime })
  const seen: (string | undefined)[] = []
  /** The played authority wants to know what was put in place. */
  const put: typeof challenges.put = async proofs => {
    await challenges.put(proofs)
    for (const proof of proofs) seen.push(await challenges.http(proof.token))
    authority.played.proofs.push(...proofs)
  }
  const openNode = async (more: Partial<Hands> = {}) => {
    const hands: Hands = {
      send: async request => authority.answer(request),
      challenges: { ...challenges, put },
      hook: undefined,
      timer: noTime,
      log,
      ...options.hands,
      ...more,
    }
    const parts: Parts = { store, vaults, settings, hands, clock, chance: systemChance, log }
    const renewer = createRenewer(parts)
    const inForce = await watchInForce({ store, vaults, log }, settings.names)
    atEnd(t, async () => {
      await renewer.close()
      await inForce.close()
    })
    return { ...renewer, current: inForce.current }
  }
  return { store, vaults, clock, log, settings, authority, challenges, seen, openNode }
}
