import { parsePolicyRecord } from "@letterkeep/dmarc"
import type { SpfOutcome } from "@letterkeep/spf"
import { adviseDkim } from "./advise-dkim.ts"
import type { DnsFinding, DomainFacts, Seen } from "./facts.ts"
import { joined, recordsOf, sayingOf } from "./say.ts"
import { spfText } from "./wanted.ts"

/** Whether others can tell mail of this domain from what is forged in its name: SPF, DKIM, DMARC. */
export function adviseSender(facts: DomainFacts, seen: Seen): readonly DnsFinding[] {
  return [
    ...adviseSpf(facts, seen),
    ...adviseHelo(facts, seen),
    ...adviseDkim(facts, seen),
    ...adviseDmarc(facts, seen),
  ]
}

function adviseSpf({ domain, smartHost }: DomainFacts, seen: Seen): readonly DnsFinding[] {
  const say = sayingOf("SPF")
  if (seen.txt.kind === "failed") return [say.unknown(`the TXT records of ${domain}`, seen.txt)]
  const records = recordsOf(seen.txt).filter(text => /^v=spf1(?: |$)/i.test(text))
  if (records.length === 0)
    return [
      say.wrong(
        `${domain} does not say who may send its mail (no SPF record): Gmail and others refuse or doubt mail that has neither SPF nor DKIM.`,
        `Publish for ${domain}: TXT "${spfText({ smartHost })}".`,
      ),
    ]
  if (records.length > 1)
    return [
      say.urgent(
        // RFC 7208 §4.5
        `${domain} has ${records.length} SPF records. More than one counts as an error: none of them helps.`,
        "Make one record of them.",
      ),
    ]
  if (seen.spfForStranger.result === "pass")
    return [
      say.wrong(
        `The SPF record of ${domain} lets anybody send in its name (${seen.spfForStranger.reason})`,
        'End it with "~all" or "-all".',
      ),
    ]
  if (smartHost !== undefined)
    return [
      say.may(
        `Mail of ${domain} leaves through ${smartHost}. Whether SPF names the addresses that it sends from is not known here.`,
        `Ask whoever runs ${smartHost} what to put into the record.`,
      ),
    ]
  return seen.spf.map(({ address, outcome }) => adviseSpfOf(domain, address, outcome))
}

function adviseSpfOf(domain: string, address: string, outcome: SpfOutcome): DnsFinding {
  const say = sayingOf("SPF")
  const todo = `Name ${address} in the record: "mx" does where the MX leads to it, or "ip${address.includes(":") ? "6" : "4"}:${address}".`
  switch (outcome.result) {
    case "pass":
      return say.well(`SPF lets ${address} send for ${domain}.`)
    case "fail":
      return say.urgent(
        `SPF forbids ${address}, this server, to send for ${domain}: much of its mail is refused.`,
        todo,
      )
    case "softfail":
      return say.wrong(
        `SPF doubts ${address}, this server: mail for ${domain} from it is taken for forged, unless DKIM passes.`,
        todo,
      )
    case "neutral":
    case "none":
      return say.wrong(`SPF does not say that ${address}, this server, may send for ${domain}.`, todo)
    case "permerror":
      return say.urgent(
        `The SPF record of ${domain} is in error, and counts as none. ${outcome.reason}`,
        "Mend the record.",
      )
    case "temperror":
      return say.unknown(`the SPF record of ${domain} (${outcome.reason})`, { why: outcome.result })
  }
}

function adviseHelo({ domain, hostname, smartHost }: DomainFacts, { helo }: Seen): readonly DnsFinding[] {
  const say = sayingOf("SPF")
  if (hostname === domain || smartHost !== undefined) return []
  const denied = helo.find(({ outcome }) => outcome.result === "fail" || outcome.result === "permerror")
  if (denied !== undefined)
    return [
      say.wrong(
        `SPF of ${hostname} does not let ${denied.address} greet by that name: bounces and reports from here are refused. ${denied.outcome.reason}`,
        `Publish for ${hostname}: TXT "v=spf1 a -all".`,
      ),
    ]
  if (helo.some(({ outcome }) => outcome.result === "none"))
    return [
      say.may(
        `${hostname} has no SPF record of its own: bounces, which have no other sender, have nothing that speaks for them.`,
        `Publish for ${hostname}: TXT "v=spf1 a -all".`,
      ),
    ]
  return []
}

function adviseDmarc({ domain }: DomainFacts, { dmarc }: Seen): readonly DnsFinding[] {
  const say = sayingOf("DMARC")
  const { at, answer } = dmarc
  const name = `_dmarc.${at}`
  if (answer.kind === "failed") return [say.unknown(name, answer)]
  const todo = `Publish for _dmarc.${domain}: TXT "v=DMARC1; p=none; rua=mailto:postmaster@${domain}".`
  const read = recordsOf(answer)
    .map(text => parsePolicyRecord(text.trim()))
    .filter(one => one.kind !== "other")
  const [first] = read
  if (first === undefined)
    return [
      say.wrong(
        `${domain} has no DMARC record: Gmail and Yahoo refuse mail in number without one, and nobody refuses what is forged in its name.`,
        todo,
      ),
    ]
  if (read.length > 1)
    return [
      say.wrong(`${name} has ${read.length} DMARC records: of several none counts.`, "Make one of them."),
    ]
  if (first.kind === "empty")
    return [say.wrong(`The DMARC record at ${name} asks for nothing that others understand.`, todo)]
  const { record } = first
  const isAbove = at !== domain
  const policy = isAbove ? (record.subdomainPolicy ?? record.policy) : record.policy
  const where = isAbove ? `${domain} is under the DMARC record of ${at}` : `${domain} has a DMARC record`
  if (policy === "none" || record.isTest)
    return [
      say.look(
        `${where} that only watches (${record.isTest ? "it is a test" : "p=none"}): mail that is forged in its name is delivered.`,
        "When reports show that all of your own mail passes, set p=quarantine, and p=reject some weeks later.",
      ),
    ]
  const strict = [
    ...(record.dkimAlignment === "strict" ? ["DKIM"] : []),
    ...(record.spfAlignment === "strict" ? ["SPF"] : []),
  ]
  const also = strict.length === 0 ? "" : ` Alignment is strict for ${joined(strict)}.`
  return [
    say.well(
      `${where}: mail that is forged in its name is to be ${policy === "reject" ? "refused" : "put aside"}.${also}`,
    ),
  ]
}
