import type { DnsAnswer, Resolver } from "@letterkeep/dns"
import { EgressError } from "../ports/network/egress.ts"
import type { Privacy } from "./gate.ts"
import { personal } from "./personal.ts"
import type { Category } from "./policy/index.ts"

/**
 * A resolver whose every question goes through the gate: what a message names is told to the name servers of
 * the internet, for screening and for nothing else. Where nothing may be told, the answer is a failure, and mail
 * that hangs on it is put off.
 */
export function discloseToDns(privacy: Pick<Privacy, "gate" | "disclose">, resolver: Resolver): Resolver {
  const release = async <T>(
    category: Extract<Category, "user.communications.domain" | "user.device.ip_address">,
    asked: string,
    ask: (released: string) => Promise<DnsAnswer<T>>,
  ): Promise<DnsAnswer<T>> => {
    try {
      const released = await privacy.gate("mail.screen", { kind: "stranger" }, async permit => {
        const { value } = await privacy.disclose(permit, "dns", personal(category, asked))
        return value
      })
      return await ask(released)
    } catch (error) {
      if (error instanceof EgressError) return { kind: "failed", why: "refused" }
      throw error
    }
  }
  const domain = "user.communications.domain"
  return {
    txt: (name, signal) => release(domain, name, released => resolver.txt(released, signal)),
    a: (name, signal) => release(domain, name, released => resolver.a(released, signal)),
    aaaa: (name, signal) => release(domain, name, released => resolver.aaaa(released, signal)),
    mx: (name, signal) => release(domain, name, released => resolver.mx(released, signal)),
    ptr: (address, signal) =>
      release("user.device.ip_address", address, released => resolver.ptr(released, signal)),
  }
}
