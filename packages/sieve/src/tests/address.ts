/**
 *     address [INDEX] [COMPARATOR] [ADDRESS-PART] [MATCH-TYPE] <header-list> <key-list>      RFC 5228 §5.1
 *     envelope [COMPARATOR] [ADDRESS-PART] [MATCH-TYPE] <envelope-part> <key-list>           RFC 5228 §5.4
 *     ADDRESS-PART = ":all" / ":localpart" / ":domain" / ":user" / ":detail"                 RFC 5233 §4
 */
import { mailboxesOf, parseAddressList } from "@letterkeep/mime"
import { addFault } from "../check/checking.ts"
import { type Given, texts, whichTag } from "../check/given.ts"
import type { TestSpec } from "../check/language.ts"
import { constantOf } from "../check/text.ts"
import type { MatchType } from "../match/match-type.ts"
import { addressPartTags, compileMatching, matchAny, matchTags, type Named } from "../match/matching.ts"
import { type AddressPart, addressPart, addressPartNames } from "../message/address-part.ts"
import { addressFields } from "../message/addresses.ts"
import type { HeaderField } from "../message/message.ts"
import { fill, fillAll, type Run, ScriptRunError, spendCharacters } from "../run/run.ts"
import { compileIndex, fieldsAt, indexTags } from "./field-index.ts"

export const address: TestSpec = {
  name: "address",
  tags: { ...indexTags, ...addressPartTags, ...matchTags },
  takes: [
    { name: "the header names", takes: "strings" },
    { name: "the keys", takes: "strings" },
  ],
  compile(given) {
    const matching = compileMatching(given)
    const index = compileIndex(given)
    const part = partOf(given)
    const names = texts(given, "the header names")
    const keys = texts(given, "the keys")
    for (const name of names) {
      const known = constantOf(name)
      if (known !== undefined && !addressFields.has(known.toLowerCase()))
        addFault(
          given.checking,
          name.at,
          `"address" looks at fields that hold addresses, and ${JSON.stringify(known)} is none of them; "header" looks at any`,
        )
    }
    if (matching === undefined || index === undefined) return undefined
    return {
      ask(run) {
        const wanted = fillAll(run, names).filter(name => addressFields.has(name.toLowerCase()))
        const values = fieldsAt(run, wanted, index).flatMap(field =>
          addressesIn(run, field, part, matching.type),
        )
        return matchAny(
          run,
          matching,
          values,
          fillAll(run, keys),
          `there is no such address in ${wanted.join(", ")}`,
        )
      },
    }
  },
}

function partOf(given: Given): AddressPart {
  return whichTag(given, addressPartNames) ?? "all"
}

/** A field without any address is compared as it is; where addresses are counted it has none (RFC 5231 §4.2). */
function addressesIn(
  run: Run,
  { name, raw }: HeaderField,
  part: AddressPart,
  type: MatchType,
): readonly Named[] {
  spendCharacters(run, raw.length)
  const mailboxes = mailboxesOf(parseAddressList(raw))
  if (mailboxes.length === 0 && part === "all" && type.kind !== "count") return [{ name, value: raw }]
  return mailboxes.flatMap(mailbox => {
    // RFC 5231 §4.2 counts addresses, whatever part of them is compared otherwise.
    if (type.kind === "count") return [{ name, value: mailbox.local }]
    const value = addressPart(mailbox, part, run.world.detailSeparator)
    return value === undefined ? [] : [{ name, value }]
  })
}

const envelopeParts = ["from", "to"] as const

export const envelope: TestSpec = {
  name: "envelope",
  needs: ["envelope"],
  tags: { ...addressPartTags, ...matchTags },
  takes: [
    { name: "the parts of the envelope", takes: "strings" },
    { name: "the keys", takes: "strings" },
  ],
  compile(given) {
    const matching = compileMatching(given)
    const part = partOf(given)
    const names = texts(given, "the parts of the envelope")
    const keys = texts(given, "the keys")
    for (const name of names) {
      const known = constantOf(name)
      if (known !== undefined && envelopePart(known) === undefined)
        addFault(
          given.checking,
          name.at,
          `an envelope has the parts "from" and "to" here, and no ${JSON.stringify(known)}`,
        )
    }
    if (matching === undefined) return undefined
    return {
      ask(run) {
        const values = names.flatMap(text => {
          const which = envelopePart(fill(run, text))
          if (which === undefined)
            throw new ScriptRunError('an envelope has the parts "from" and "to" alone', text.at)
          return envelopeValues(run, which, part, matching.type)
        })
        return matchAny(run, matching, values, fillAll(run, keys), "the envelope has no such address")
      },
    }
  },
}

function envelopePart(name: string): (typeof envelopeParts)[number] | undefined {
  return envelopeParts.find(part => part === name.toLowerCase())
}

/** Every part of the null reverse-path is the empty text (RFC 5228 §5.4). */
function envelopeValues(
  run: Run,
  which: "from" | "to",
  part: AddressPart,
  type: MatchType,
): readonly Named[] {
  const name = which === "from" ? "the sender" : "the recipient"
  const written = run.envelope[which]
  // RFC 5231 §4.2: the null reverse-path is no address, and every other one counts.
  if (type.kind === "count") return written === "" ? [] : [{ name, value: written }]
  if (written === "") return [{ name, value: "" }]
  const at = written.lastIndexOf("@")
  const mailbox = {
    local: at === -1 ? written : written.slice(0, at),
    domain: at === -1 ? "" : written.slice(at + 1),
  }
  const value = addressPart(mailbox, part, run.world.detailSeparator)
  return value === undefined ? [] : [{ name, value }]
}
