import type { DnsAnswer, Resolver } from "@letterkeep/dns"
import type { Addresses } from "./https-request.ts"

/** The addresses of a host by name, as `httpsRequest` asks for them. */
export async function lookUpHost(
  resolver: Pick<Resolver, "a" | "aaaa">,
  name: string,
  signal: AbortSignal,
): Promise<Addresses> {
  const answers = await Promise.all([resolver.a(name, signal), resolver.aaaa(name, signal)])
  const addresses = answers.flatMap(answer => (answer.kind === "found" ? answer.records : []))
  const failed = answers.find(isFailed)
  if (addresses.length === 0 && failed !== undefined)
    return { kind: "failed", why: `the DNS does not answer for ${name} (${failed.why})` }
  return { kind: "found", addresses }
}

function isFailed(answer: DnsAnswer<string>): answer is Extract<DnsAnswer<string>, { kind: "failed" }> {
  return answer.kind === "failed"
}
