/** Opens the doors for browsers, balancers and the authority for certificates. */
import { fileURLToPath } from "node:url"
import type { Ground, House } from "./build-house.ts"
import { alpnContext } from "./certificates/index.ts"
import { openAlpnDoor } from "./doors/acme/index.ts"
import { openChallengeDoor, openHttpDoor } from "./doors/http/index.ts"
import { createFirstRun } from "./first-run/index.ts"
import { mailProgramsOf } from "./mail-servers.ts"
import { countAccounts, MIN_PASSWORD_CHARACTERS } from "./people/index.ts"
import { lastCheckResults } from "./policy-facts.ts"
import { connectTo } from "./ports/network/index.ts"
import { systemTimer } from "./ports/timer.ts"
import { type Register, whyNotAgreed } from "./privacy/index.ts"
import { stsPolicyOf } from "./set-up-domains.ts"
import type { Store } from "./store/index.ts"

const webFolder = fileURLToPath(new URL("../../web/dist", import.meta.url))

/** `setup`: the one-time link, while there is nobody. */
export async function openHttp(ground: Ground, house: House, smtp: string | undefined) {
  const { configuration, asked, closing, hostname } = ground
  const { store, metrics } = house
  if (!asked.roles.has("http") || configuration.listen.http === false) return undefined
  const nobody = (await countAccounts(store)) === 0
  const door = await openHttpDoor({
    ...ground,
    ...house,
    listen: configuration.listen.http,
    names: [hostname.toLowerCase(), ...(configuration.acme?.names ?? [])],
    challenges: house.certificates?.challenges,
    webFolder,
    service: createFirstRun({
      ...ground,
      ...house,
      connect: egress => connectTo(smtp, egress),
    }),
    pages: { policy: house.policy, results: lastCheckResults(ground) },
    offer: { playDomain: "letterkeep.localhost", passwordMinimum: MIN_PASSWORD_CHARACTERS },
    mailPrograms: mailProgramsOf(ground, house),
    mailPolicy: { policyOf: domain => stsPolicyOf(ground, house, domain) },
    health: {
      waitingFor: () => waitingFor(store, house.register, ground.clock.now()),
      metrics: () => metrics.render(),
    },
  })
  closing.add(() => door.close())
  return { address: door.address, setup: nobody ? door.setupLink : undefined }
}

/** `acmeHttp` and `acmeTls`, where an authority that looks at ports 80 and 443 is answered; those that are open. */
export async function openAcme(
  { configuration, asked, closing, clock, chance, log }: Ground,
  { certificates }: House,
): Promise<Readonly<Record<string, string>>> {
  const { acme } = configuration
  if (acme === undefined || certificates === undefined || !asked.roles.has("http")) return {}
  const { challenges } = certificates
  const addresses: Record<string, string> = {}
  if (acme.http !== false) {
    const door = await openChallengeDoor({ listen: acme.http, challenges, log })
    closing.add(() => door.close())
    addresses.acmeHttp = door.address
  }
  if (acme.tlsAlpn !== false) {
    const contextFor = (name: string) => alpnContext({ challenges, clock, chance }, name)
    const door = await openAlpnDoor({ listen: acme.tlsAlpn, contextFor, timer: systemTimer, log })
    closing.add(() => door.close())
    addresses.acmeTls = door.address
  }
  return addresses
}

/** What keeps mail from being taken now, by name. */
function waitingFor(
  store: Pick<Store, "reachable" | "room">,
  register: Pick<Register, "inForce">,
  now: number,
): readonly string[] {
  const asked = { purpose: "mail.screen", category: undefined } as const
  return [
    ...(store.reachable() ? [] : ["the database"]),
    ...(store.room() === "low" ? ["room on the disk"] : []),
    ...(whyNotAgreed(register.inForce("dns"), asked, now) === undefined ? [] : ["an agreement with the DNS"]),
  ]
}
