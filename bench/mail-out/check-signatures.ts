/** Whether a mail that arrived is signed as it should be, by the keys that its side says it has. */
import { createDkimVerifier, splitFields } from "@letterkeep/dkim"
import { createTableResolver } from "@letterkeep/dns"
import { domainOf, type Side, type Signed } from "./plan.ts"

const wanted: Readonly<Record<Signed, number>> = { none: 0, rsa: 1, ed25519: 1, both: 2 }

/** `text`: latin1. Throws where it is not. */
export async function checkSignatures(side: Side, signed: Signed, text: string): Promise<void> {
  const bytes = Buffer.from(text, "latin1")
  const end = bytes.indexOf("\r\n\r\n") + 2
  const table = Object.fromEntries(Object.entries(side.records).map(([name, txt]) => [name, { txt: [txt] }]))
  const verifier = createDkimVerifier({ resolver: createTableResolver(table), now: Date.now() })
  verifier.headers(splitFields(bytes.subarray(0, end)))
  verifier.body(bytes.subarray(end + 2))
  const results = await verifier.finish()
  const good = results.filter(({ result, domain }) => result === "pass" && domain === domainOf(signed))
  if (good.length !== wanted[signed] || good.length !== results.length)
    throw new Error(
      `${side.name}, ${signed}: ${good.length} good signatures of ${wanted[signed]}: ${JSON.stringify(results)}`,
    )
}
