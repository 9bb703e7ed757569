import { authenticate, usableRecords } from "@letterkeep/dane"
import { acceptPolicy, matchesMx, readRecords as readSts } from "@letterkeep/mta-sts"
import { readRecords as readTlsRpt } from "@letterkeep/tls-rpt"
import type { DnsFinding, DomainFacts, Seen } from "./facts.ts"
import { recordsOf, sayingOf } from "./say.ts"
import { stsPolicyId } from "./sts-policy.ts"
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

function adviseSts(facts: DomainFacts, seen: Seen): readonly DnsFinding[] {
  const say = sayingOf("MTA-STS")
  const { domain, hostname, mtaSts } = facts
  const name = `_mta-sts.${domain}`
  if (seen.sts.kind === "failed") return [say.unknown(name, seen.sts)]
  const record = readSts(recordsOf(seen.sts))
  if (mtaSts === "none") {
    if (record.kind === "none" && record.why === "absent") return []
    return [
      say.look(
        `${name} says that there is a policy, and [sending] mta_sts is "none": senders are told that none holds any more.`,
        "Leave the record for the days that senders may keep an older policy, then take it out; or set mta_sts.",
      ),
    ]
  }
  const id = stsPolicyId(hostname, mtaSts)
  const todo = `Publish for ${name}: TXT "v=STSv1; id=${id}".`
  if (record.kind === "none" && record.why === "absent")
    return [
      say.may(
        `${domain} has no MTA-STS record: whoever sits on the way can have mail to it sent in the clear, or to themselves.`,
        `Have https://mta-sts.${domain}/.well-known/mta-sts.txt answered by this server's web door, then: ${todo}`,
      ),
    ]
  if (record.kind === "none")
    return [
      say.wrong(
        `${name} has ${record.why === "several" ? "several MTA-STS records" : "an MTA-STS record that cannot be read"}: it counts as none.`,
        todo,
      ),
    ]
  return [
    record.id === id
      ? say.well(`${name} names the policy that this server gives out (${mtaSts}).`)
      : say.wrong(
          `${name} names another policy than the one that this server gives out: senders keep to what they had.`,
          todo,
        ),
    ...adviseStsFile(facts, seen),
  ]
}

/** There is a record, so senders ask for the file and some heed it. */
function adviseStsFile(
  { domain, hostname, mtaSts, certificate }: DomainFacts,
  seen: Seen,
): readonly DnsFinding[] {
  const say = sayingOf("MTA-STS")
  const url = `https://mta-sts.${domain}/.well-known/mta-sts.txt`
  const file = seen.stsFile
  const findings: DnsFinding[] = []
  const found = [...recordsOf(seen.stsHost.a), ...recordsOf(seen.stsHost.aaaa)]
  const isUnsure = seen.stsHost.a.kind === "failed" || seen.stsHost.aaaa.kind === "failed"
  if (found.length === 0 && !isUnsure)
    findings.push(
      say.wrong(
        `mta-sts.${domain} has no address: senders cannot read the policy, and go without one.`,
        `Publish for mta-sts.${domain}: CNAME ${hostname}.`,
      ),
    )
  if (file?.kind === "failed" && file.why !== "held-back" && found.length > 0)
    findings.push(
      file.why === "unverified"
        ? say.wrong(
            `${url} is answered with a certificate that is not good for that name: senders do not believe the policy.`,
            `Have the web server in front of this one show a certificate for mta-sts.${domain}.`,
          )
        : say.wrong(
            `${url} could not be read from here (${file.why}): senders that cannot either go without a policy.`,
            "Let port 443 of that name reach a web server that passes it on to [listen] http.",
          ),
    )
  if (file?.kind === "file") {
    const read = acceptPolicy(file)
    if (read.kind === "invalid")
      findings.push(
        say.wrong(`${url} is no policy. ${read.why}`, "Have it answered by this server's web door."),
      )
    else if (read.policy.mode !== "none" && !matchesMx(read.policy.mx, hostname))
      findings.push(
        read.policy.mode === "enforce"
          ? say.urgent(
              `The policy at ${url} does not name ${hostname}: servers that heed it do not deliver here.`,
              "Have it answered by this server's web door.",
            )
          : say.wrong(
              `The policy at ${url} does not name ${hostname}.`,
              "Have it answered by this server's web door.",
            ),
      )
    else if (read.policy.mode !== mtaSts)
      findings.push(
        say.look(
          `The policy at ${url} says ${read.policy.mode}, and [sending] mta_sts is "${mtaSts}".`,
          "Have it answered by this server's web door.",
        ),
      )
  }
  const isNamed = matchesMx(
    certificate.names.map(name => name.toLowerCase()),
    hostname,
  )
  if (certificate.selfSigned || !isNamed) {
    const flaw = `this server's certificate is ${certificate.selfSigned ? "signed by itself" : `not for ${hostname}`}`
    const todo = `Set [tls] cert and key to a certificate for ${hostname} of a known authority`
    findings.push(
      mtaSts === "enforce"
        ? say.urgent(
            `The MTA-STS policy is enforced, and ${flaw}: servers that heed it do not deliver here.`,
            `${todo}, or mta_sts = "testing".`,
          )
        : say.look(
            `The MTA-STS policy is being tried, and ${flaw}: enforced, it would keep mail away.`,
            `${todo} before you set mta_sts = "enforce".`,
          ),
    )
  }
  if (mtaSts !== "enforce") return findings
  const strangers = recordsOf(seen.mx).filter(
    ({ exchange }) => !matchesMx([hostname], exchange.toLowerCase()),
  )
  if (strangers.length > 0)
    findings.push(
      say.wrong(
        `The MTA-STS policy is enforced and names ${hostname} alone, but the MX of ${domain} leads elsewhere too (${strangers.map(({ exchange }) => exchange).join(", ")}): senders that heed it do not go there.`,
        `Take the other MX out, or set mta_sts = "testing".`,
      ),
    )
  return findings
}

function adviseTlsRpt({ domain }: DomainFacts, { tlsRpt }: Seen): DnsFinding {
  const say = sayingOf("TLS-RPT")
  const name = `_smtp._tls.${domain}`
  const todo = `Publish for ${name}: TXT "v=TLSRPTv1; rua=mailto:postmaster@${domain}".`
  if (tlsRpt.kind === "failed") return say.unknown(name, tlsRpt)
  const record = readTlsRpt(recordsOf(tlsRpt))
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
