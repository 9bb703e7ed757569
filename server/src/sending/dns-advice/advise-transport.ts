import { authenticate, usableRecords } from "@letterkeep/dane"
import { readRecords } from "@letterkeep/tls-rpt"
import { adviseSts } from "./advise-sts.ts"
import type { DnsFinding, DomainFacts, Seen } from "./facts.ts"
import { recordsOf, sayingOf } from "./say.ts"
import { tlsaNameOf } from "./wanted.ts"

/** Whether mail on its way here can be read or led astray: MTA-STS, TLS reports, DANE, and who may sign certificates. */
export function adviseTransport(facts: DomainFacts, seen: Seen): readonly DnsFinding[] {
  return [
    ...adviseSts(facts, seen),
    adviseTlsRpt(facts, seen),
    adviseDane(facts, seen),
    ...adviseCaa(facts, seen),
  ]
}

function adviseTlsRpt({ domain }: DomainFacts, { tlsRpt }: Seen): DnsFinding {
  const say = sayingOf("TLS-RPT")
  const name = `_smtp._tls.${domain}`
  const todo = `Publish for ${name}: TXT "v=TLSRPTv1; rua=mailto:postmaster@${domain}".`
  if (tlsRpt.kind === "failed") return say.unknown(name, tlsRpt)
  const record = readRecords(recordsOf(tlsRpt))
  if (record.kind === "wanted")
    return say.well(`Senders tell ${domain} when they could not deliver over TLS.`)
  if (record.why === "absent")
    return say.may(
      `${domain} does not ask for TLS reports: when senders cannot reach it over TLS, nobody says so.`,
      todo,
    )
  return say.wrong(
    `${name} has ${record.why === "several" ? "several records" : "a record that cannot be read"}: no reports come.`,
    todo,
  )
}

function adviseDane(facts: DomainFacts, seen: Seen): DnsFinding {
  const say = sayingOf("DANE")
  const { hostname, certificate, validates, now } = facts
  const { tlsa, host, mx } = seen
  const name = tlsaNameOf(hostname)
  const publish = `Publish for ${name}: TLSA 3 1 1 ${certificate.keyHash}`
  if (tlsa.kind === "failed") {
    if (tlsa.why !== "servfail") return say.unknown(name, tlsa)
    // RFC 7672 §2.1.2
    return say.wrong(
      `The name servers fail for ${name}: senders that heed DANE put mail to this server off until they answer.`,
      "Have whoever runs the zone's name servers mend them; some answer wrongly for names that they do not have.",
    )
  }
  const isSigned = host.a.kind === "found" && host.a.authentic
  const records = recordsOf(tlsa)
  if (records.length === 0) {
    if (isSigned)
      return say.may(
        `The zone of ${hostname} is signed (DNSSEC) and has no TLSA record: senders that heed DANE cannot tell this server from another.`,
        publish,
      )
    return say.may(
      validates
        ? `The zone of ${hostname} is not signed (DNSSEC), or the resolver does not validate: a TLSA record would be of no use.`
        : `No resolver is asked whose word on DNSSEC is taken: whether a TLSA record would be of use is not known.`,
      validates
        ? "Sign the zone at your DNS provider, then publish a TLSA record."
        : "Name a validating resolver in [dns] resolver.",
    )
  }
  const shown = { chain: certificate.chain, names: [hostname, facts.domain], now }
  const isRight = authenticate(usableRecords(records), shown).kind === "authentic"
  const isHeeded = tlsa.kind === "found" && tlsa.authentic && isSigned
  if (!isRight)
    return isHeeded
      ? say.urgent(
          `The TLSA record of ${name} is not of the certificate in force: servers that heed DANE refuse to deliver here, now.`,
          `${publish}, beside the old record until its time in caches is over; or put the old certificate's key back.`,
        )
      : say.wrong(
          `The TLSA record of ${name} is not of the certificate in force. It harms as soon as it is believed.`,
          publish,
        )
  if (!isHeeded)
    return say.may(
      `The TLSA record of ${name} is right, but ${validates ? "the zone is not signed (DNSSEC), so nobody heeds it" : "whether its zone is signed is not known here"}.`,
      validates ? "Sign the zone at your DNS provider." : "Name a validating resolver in [dns] resolver.",
    )
  if (mx.kind === "found" && !mx.authentic)
    // RFC 7672 §2.2.1
    return say.may(
      `The TLSA record of ${name} is right, but the zone of ${facts.domain} is not signed (DNSSEC): for its mail nobody heeds it.`,
      `Sign the zone of ${facts.domain} too.`,
    )
  return say.well(`The TLSA record of ${name} is of the certificate in force, and signed.`)
}

function adviseCaa({ issuer, hostname }: DomainFacts, { caa }: Seen): readonly DnsFinding[] {
  const say = sayingOf("CAA")
  if (issuer === undefined) return []
  if (caa.answer.kind === "failed") return [say.unknown(`the CAA records of ${hostname}`, caa.answer)]
  const records = recordsOf(caa.answer)
  const allowed = records
    .filter(({ tag }) => tag === "issue")
    .map(({ value }) => (value.split(";")[0] ?? "").trim())
  if (allowed.length === 0)
    return [
      say.may(
        `No CAA record says who may sign certificates for ${hostname}: any authority may.`,
        `Publish for ${hostname}: CAA 0 issue "${issuer}".`,
      ),
    ]
  if (allowed.includes(issuer)) return [say.well(`CAA lets ${issuer} sign for ${hostname}.`)]
  return [
    say.urgent(
      `The CAA records at ${caa.at} do not let ${issuer} sign: this server's certificate cannot be renewed.`,
      `Add to ${caa.at}: CAA 0 issue "${issuer}".`,
    ),
  ]
}
