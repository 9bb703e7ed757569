import type { DnsAnswer, NamePart, NameResolver, Resolver, SendingResolver } from "@letterkeep/dns"
import { type Egress, EgressError } from "../ports/network/egress.ts"
import type { Privacy } from "./gate.ts"
import { personal } from "./personal.ts"
import type { FieldOf } from "./policy/index.ts"

type Field = FieldOf<"dns">
type Fields = readonly [Field, ...Field[]]

/** What a name is made of, as what it goes out. */
const fieldOf: { readonly [P in NamePart]: Field } = {
  "sender-address": "user.communications.sender",
  "client-address": "user.device.ip_address",
}

/**
 * A resolver whose every question goes through the gate: what a message names is told to the name servers of
 * the internet, for screening and for nothing else, each question as all that its name is made of. Where one of these
 * may not be told, the answer is a failure, and mail that hangs on it is put off. `over` is the resolver that leaves by
 * an Egress: it asks that again when a question's turn has come, so that an agreement that was narrowed or ended
 * meanwhile holds for what was on its way.
 */
export function discloseToDns(
  privacy: Pick<Privacy, "gate" | "disclose" | "egressFor">,
  over: (egress: Egress) => Resolver,
): NameResolver {
  const release = releasing(privacy, "mail.screen")
  const domain = "user.communications.domain"
  const ip = "user.device.ip_address"
  const leaving = (...fields: Fields) => over(privacy.egressFor("mail.screen", "dns", fields))
  const addresses = leaving(ip)
  const asking = (...fields: Fields): Resolver => behind(leaving(...fields), addresses, release, fields)
  const plain = asking(domain)
  /** By what else names are made of: one for each, since all who ask the same wait for one question. */
  const made = new Map<string, Resolver>([["", plain]])
  return {
    ...plain,
    naming(parts) {
      const fields = [...parts].map(part => fieldOf[part]).toSorted()
      const key = fields.join(" ")
      const resolver = made.get(key) ?? asking(domain, ...fields)
      made.set(key, resolver)
      return resolver
    },
  }
}

/** The same for sending, which asks about the domains of recipients and what these lead to, and about nobody's address. */
export function discloseToDnsForSending(
  privacy: Pick<Privacy, "gate" | "disclose" | "egressFor">,
  over: (egress: Egress) => SendingResolver,
): SendingResolver {
  const release = releasing(privacy, "mail.send")
  const fields: Fields = ["user.communications.domain"]
  const resolver = over(privacy.egressFor("mail.send", "dns", fields))
  return {
    ...behind(resolver, resolver, release, fields),
    tlsa: (name, signal) => release(fields, name, released => resolver.tlsa(released, signal)),
    cname: (name, signal) => release(fields, name, released => resolver.cname(released, signal)),
  }
}

type Release = ReturnType<typeof releasing>

/** Asks when each of these fields may be told, and else answers that it was refused. */
function releasing(privacy: Pick<Privacy, "gate" | "disclose">, purpose: "mail.screen" | "mail.send") {
  return async <T>(
    fields: Fields,
    asked: string,
    ask: (released: string) => Promise<DnsAnswer<T>>,
  ): Promise<DnsAnswer<T>> => {
    try {
      const released = await privacy.gate(purpose, { kind: "stranger" }, async permit => {
        const [first, ...others] = fields
        for (const field of others) await privacy.disclose(permit, "dns", personal(field, asked))
        return (await privacy.disclose(permit, "dns", personal(first, asked))).value
      })
      return await ask(released)
    } catch (error) {
      if (error instanceof EgressError) return { kind: "failed", why: "refused" }
      throw error
    }
  }
}

function behind(resolver: Resolver, addresses: Resolver, release: Release, fields: Fields): Resolver {
  return {
    txt: (name, signal) => release(fields, name, released => resolver.txt(released, signal)),
    a: (name, signal) => release(fields, name, released => resolver.a(released, signal)),
    aaaa: (name, signal) => release(fields, name, released => resolver.aaaa(released, signal)),
    mx: (name, signal) => release(fields, name, released => resolver.mx(released, signal)),
    ptr: (address, signal) =>
      release(["user.device.ip_address"], address, released => addresses.ptr(released, signal)),
  }
}
