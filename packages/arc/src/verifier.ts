import {
  askForKey,
  type BodyHashes,
  beginCheck,
  type CanonicalFields,
  type CheckContext,
  createCanonicalFields,
  fieldValue,
  findKey,
  type HeaderField,
  latin1,
  type OngoingCheck,
  parseSignature,
  verifyText,
  withoutSignature,
} from "@letterkeep/dkim"
import type { DnsAnswer } from "@letterkeep/dns"
import { type ArcSet, gatherSets } from "./sets.ts"

/**
 * Checks an ARC chain (RFC 8617 §5.2): what servers on the way say that they saw, each vouched for by its seal.
 * Letterkeep reads chains and makes none: the protocol is on its way out.
 */
export interface ArcVerifier {
  /** Once, before the body; `bodyHashes` are updated and finished by whoever made them. */
  headers(fields: readonly HeaderField[]): void
  /** After the body hashes are finished. */
  finish(): Promise<ArcOutcome>
}

export interface ArcOutcome {
  /** "unchecked": there is a chain, sealed by somebody whose word does not count here. */
  readonly result: "none" | "pass" | "fail" | "unchecked"
  /** One English sentence. */
  readonly reason: string
  /** Newest first; empty unless the chain is good. */
  readonly sealers: readonly string[]
  /** What the first server saw: the value of its ARC-Authentication-Results after the instance. Only of a good chain. */
  readonly firstResults?: string
  /** The chain might be good: the DNS did not answer. */
  readonly isTemporary?: boolean
}

/**
 * `isTrusted`: whether a sealer's word counts. A chain with another sealer in it is not checked, so that nothing is
 * asked of the DNS for it: a stranger can write fifty seals, each with a key in a zone that never answers.
 */
export function createArcVerifier(
  context: CheckContext,
  bodyHashes: BodyHashes,
  isTrusted: (sealer: string) => boolean,
): ArcVerifier {
  let finish = async (): Promise<ArcOutcome> => ({
    result: "none",
    reason: "The message has no ARC chain.",
    sealers: [],
  })
  const fail = (reason: string): ArcOutcome => ({ result: "fail", reason, sealers: [] })
  return {
    headers(fields) {
      const gathered = gatherSets(fields)
      if (gathered.kind === "none") return
      if (gathered.kind === "broken") {
        finish = async () => fail(gathered.why)
        return
      }
      const { sets } = gathered
      const why = whyChainFails(sets)
      const stranger = sets.find(({ sealTags }) => !isTrusted(sealTags.domain))
      if (why === undefined && stranger !== undefined) {
        const reason = `The chain was not checked: this server does not trust ${stranger.sealTags.domain}.`
        finish = async () => ({ result: "unchecked", reason, sealers: [] })
        return
      }
      const canonical = createCanonicalFields(fields)
      const newest = why === undefined ? beginNewest(sets, fields, canonical, bodyHashes, context) : undefined
      if (newest === undefined) {
        finish = async () => fail(why ?? "The newest message signature cannot be read.")
        return
      }
      const keys = sets.map(({ sealTags }) => askForKey(sealTags, context.resolver))
      finish = async () => concludeChain(sets, fields, canonical, newest, await Promise.all(keys), context)
    },
    finish: () => finish(),
  }
}

/** RFC 8617 §5.2, steps 2 and 3: the chain says of itself that it is good, from the first set on. */
function whyChainFails(sets: readonly ArcSet[]): string | undefined {
  for (const { instance, sealTags } of sets) {
    if (sealTags.chain === "fail") return `Set ${instance} says that the chain was broken before it.`
    if ((instance === 1) !== (sealTags.chain === "none"))
      return `The seal of set ${instance} has a wrong state.`
  }
  return undefined
}

function beginNewest(
  sets: readonly ArcSet[],
  fields: readonly HeaderField[],
  canonical: CanonicalFields,
  bodyHashes: BodyHashes,
  context: CheckContext,
): OngoingCheck | undefined {
  const field = fields[sets.at(-1)?.messageSignature ?? -1]
  if (field === undefined) return undefined
  const parsed = parseSignature(fieldValue(field), "arc")
  return parsed.kind === "wrong"
    ? undefined
    : beginCheck(parsed.signature, latin1(field.raw), canonical, bodyHashes, context)
}

/** RFC 8617 §5.2, steps 4 and 6: the newest message signature, then every seal from the newest to the oldest. */
async function concludeChain(
  sets: readonly ArcSet[],
  fields: readonly HeaderField[],
  canonical: CanonicalFields,
  newest: OngoingCheck,
  keys: readonly DnsAnswer<string>[],
  context: CheckContext,
): Promise<ArcOutcome> {
  const message = await newest.finish()
  if (message.result !== "pass")
    return chainFails(sets.length, message.reason, message.result === "temperror")
  for (let at = sets.length - 1; at >= 0; at -= 1) {
    const set = sets[at]
    const answer = keys[at]
    const field = fields[set?.seal ?? -1]
    if (set === undefined || answer === undefined || field === undefined)
      throw new RangeError("a set has no field")
    const found = findKey(answer, set.sealTags.algorithm, context.keys)
    if (found.kind === "trouble")
      return chainFails(set.instance, found.outcome.reason, found.outcome.result === "temperror")
    const text = sealedText(sets.slice(0, at), set, latin1(field.raw), canonical)
    if (!verifyText(text, set.sealTags.algorithm, set.sealTags.signature, found.key.key)) {
      return chainFails(set.instance, "The seal does not fit.", false)
    }
  }
  const first = fields[sets[0]?.results ?? -1]
  const firstValue = first === undefined ? "" : fieldValue(first)
  return {
    result: "pass",
    reason: `The chain of ${sets.length} ${sets.length === 1 ? "seal" : "seals"} is good.`,
    sealers: sets.map(({ sealTags }) => sealTags.domain).reverse(),
    firstResults: firstValue.slice(firstValue.indexOf(";") + 1),
  }
}

function chainFails(instance: number, reason: string, isTemporary: boolean): ArcOutcome {
  return {
    result: "fail",
    reason: `Set ${instance}: ${reason}`,
    sealers: [],
    ...(isTemporary ? { isTemporary } : {}),
  }
}

/** RFC 8617 §5.1.1: all sets before it, then its own with the seal's signature emptied; always relaxed. */
function sealedText(
  before: readonly ArcSet[],
  own: ArcSet,
  seal: string,
  canonical: CanonicalFields,
): string {
  let text = ""
  for (const set of before) {
    for (const index of [set.results, set.messageSignature, set.seal])
      text += canonical.canonical(index, "relaxed")
  }
  for (const index of [own.results, own.messageSignature]) text += canonical.canonical(index, "relaxed")
  return text + withoutSignature(seal, "relaxed")
}
