import type { Resolver } from "@letterkeep/dns"
import type { Privacy } from "./gate.ts"
import { personal } from "./personal.ts"
import type { Category } from "./policy/index.ts"

/**
 * A resolver whose every question goes through the gate: what a message names is told to the name servers of
 * the internet, for screening and for nothing else.
 */
export function discloseToDns(privacy: Pick<Privacy, "gate" | "disclose">, resolver: Resolver): Resolver {
  const release = (
    category: Extract<Category, "user.communications.domain" | "user.device.ip_address">,
    asked: string,
  ): Promise<string> =>
    privacy.gate("mail.screen", { kind: "stranger" }, async permit => {
      const { value } = await privacy.disclose(permit, "dns", personal(category, asked))
      return value
    })
  const domain = (name: string) => release("user.communications.domain", name)
  return {
    txt: async (name, signal) => resolver.txt(await domain(name), signal),
    a: async (name, signal) => resolver.a(await domain(name), signal),
    aaaa: async (name, signal) => resolver.aaaa(await domain(name), signal),
    mx: async (name, signal) => resolver.mx(await domain(name), signal),
    ptr: async (address, signal) => resolver.ptr(await release("user.device.ip_address", address), signal),
  }
}
