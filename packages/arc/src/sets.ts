import { fieldValue, type HeaderField, parseBase64, parseTagList, toDnsName } from "@letterkeep/dkim"

/**
 * The sets of an ARC chain (RFC 8617 §4), gathered from the fields of a message: each set is three fields with one
 * instance number, and the numbers run from 1 without a gap.
 */
export interface ArcSet {
  readonly instance: number
  /** Where each of its fields stands in the header. */
  readonly results: number
  readonly messageSignature: number
  readonly seal: number
  readonly sealTags: ArcSeal
}

export interface ArcSeal {
  readonly algorithm: "rsa-sha256" | "ed25519-sha256"
  readonly signature: Buffer
  readonly chain: "none" | "pass" | "fail"
  readonly domain: string
  readonly selector: string
}

export type GatheredSets =
  | { readonly kind: "none" }
  | { readonly kind: "sets"; readonly sets: readonly ArcSet[] }
  | { readonly kind: "broken"; readonly why: string }

/** RFC 8617 §4.2.1: 50 sets at most. */
export const setLimit = 50

type Part = "results" | "messageSignature" | "seal"

const partOf: Readonly<Record<string, Part>> = {
  "arc-authentication-results": "results",
  "arc-message-signature": "messageSignature",
  "arc-seal": "seal",
}

export function gatherSets(fields: readonly HeaderField[]): GatheredSets {
  const found = new Map<number, Partial<Record<Part, number>>>()
  for (const [index, field] of fields.entries()) {
    const { name } = field
    if (!/^arc-/i.test(name)) continue
    const part = partOf[name.toLowerCase()]
    if (part === undefined) continue
    const instance = readInstance(part, fieldValue(field))
    if (instance === undefined) return { kind: "broken", why: `An ${name} field has no instance number.` }
    const set = found.get(instance) ?? {}
    if (set[part] !== undefined)
      return { kind: "broken", why: `Two ${name} fields have the number ${instance}.` }
    set[part] = index
    found.set(instance, set)
  }
  if (found.size === 0) return { kind: "none" }
  const sets: ArcSet[] = []
  for (let instance = 1; instance <= found.size; instance += 1) {
    const { results, messageSignature, seal } = found.get(instance) ?? {}
    if (results === undefined || messageSignature === undefined || seal === undefined) {
      return { kind: "broken", why: `Set ${instance} is not complete.` }
    }
    const field = fields[seal]
    const sealTags = field === undefined ? undefined : readSeal(fieldValue(field))
    if (sealTags === undefined) return { kind: "broken", why: `The seal of set ${instance} cannot be read.` }
    sets.push({ instance, results, messageSignature, seal, sealTags })
  }
  return { kind: "sets", sets }
}

/** RFC 8617 §4.2.1: one or two digits, 1 to 50. */
function readInstance(part: Part, value: string): number | undefined {
  const text =
    part === "results"
      ? /^(?:[ \t\r\n]|\([^()\\]*\))*i[ \t\r\n]*=[ \t\r\n]*(\d{1,2})[ \t\r\n]*;/.exec(value)?.[1]
      : parseTagList(value)?.get("i")
  const instance = text !== undefined && /^\d{1,2}$/.test(text) ? Number(text) : 0
  return instance >= 1 && instance <= setLimit ? instance : undefined
}

/** RFC 8617 §4.1.3: a seal covers ARC fields only, so it has no list of fields and no body hash. */
function readSeal(value: string): ArcSeal | undefined {
  const tags = parseTagList(value)
  if (tags === undefined || tags.has("h") || tags.has("bh")) return undefined
  const algorithm = tags.get("a")?.toLowerCase()
  const chain = tags.get("cv")?.toLowerCase()
  const signature = parseBase64(tags.get("b") ?? "")
  const domain = toDnsName(tags.get("d") ?? "")
  const selector = toDnsName(tags.get("s") ?? "")
  if (algorithm !== "rsa-sha256" && algorithm !== "ed25519-sha256") return undefined
  if (chain !== "none" && chain !== "pass" && chain !== "fail") return undefined
  if (signature === undefined || domain === undefined || selector === undefined) return undefined
  return { algorithm, signature, chain, domain, selector }
}
