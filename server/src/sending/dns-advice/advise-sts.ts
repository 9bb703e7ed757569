import { acceptPolicy, matchesMx, readRecords } from "@letterkeep/mta-sts"
import type { DnsFinding, DomainFacts, Seen, StsFileSeen } from "./facts.ts"
import { recordsOf, sayingOf } from "./say.ts"
import { stsPolicyId } from "./sts-policy.ts"

/** MTA-STS: the record that says there is a policy, the policy on the web, and whether this server lives up to it. */
export function adviseSts(facts: DomainFacts, seen: Seen): readonly DnsFinding[] {
  const { domain, hostname, mtaSts } = facts
  const name = `_mta-sts.${domain}`
  if (seen.sts.kind === "failed") return [say.unknown(name, seen.sts)]
  const record = readRecords(recordsOf(seen.sts))
  const isAbsent = record.kind === "none" && record.why === "absent"
  if (mtaSts === "none") {
    if (isAbsent) return []
    return [
      say.look(
        `${name} says that there is a policy, and [sending] mta_sts is "none": senders are told that none holds any more.`,
        "Leave the record for the days that senders may keep an older policy, then take it out; or set mta_sts.",
      ),
    ]
  }
  const id = stsPolicyId(hostname, mtaSts)
  const todo = `Publish for ${name}: TXT "v=STSv1; id=${id}".`
  if (isAbsent)
    return [
      say.may(
        `${domain} has no MTA-STS record: whoever sits on the way can have mail to it sent in the clear, or to themselves.`,
        `Have ${urlOf(domain)} answered by this server's web door, then: ${todo}`,
      ),
    ]
  if (record.kind === "none") {
    const flaw =
      record.why === "several" ? "several MTA-STS records" : "an MTA-STS record that cannot be read"
    return [say.wrong(`${name} has ${flaw}: it counts as none.`, todo)]
  }
  return [
    record.id === id
      ? say.well(`${name} names the policy that this server gives out (${mtaSts}).`)
      : say.wrong(
          `${name} names another policy than the one that this server gives out: senders keep to what they had.`,
          todo,
        ),
    ...advisePlace(facts, seen),
    ...(seen.stsFile?.kind === "file" ? adviseFile(facts, seen.stsFile) : []),
    ...adviseCertificate(facts),
    ...adviseOthers(facts, seen),
  ]
}

const say = sayingOf("MTA-STS")
const byOurDoor = "Have it answered by this server's web door."
const urlOf = (domain: string): string => `https://mta-sts.${domain}/.well-known/mta-sts.txt`

/** Can the policy be read at all? */
function advisePlace({ domain, hostname }: DomainFacts, { stsHost, stsFile }: Seen): readonly DnsFinding[] {
  const isUnsure = stsHost.a.kind === "failed" || stsHost.aaaa.kind === "failed"
  const isThere = recordsOf(stsHost.a).length > 0 || recordsOf(stsHost.aaaa).length > 0
  if (!isThere && isUnsure) return []
  if (!isThere)
    return [
      say.wrong(
        `mta-sts.${domain} has no address: senders cannot read the policy, and go without one.`,
        `Publish for mta-sts.${domain}: CNAME ${hostname}.`,
      ),
    ]
  if (stsFile?.kind !== "failed" || stsFile.why === "held-back") return []
  if (stsFile.why === "unverified")
    return [
      say.wrong(
        `${urlOf(domain)} is answered with a certificate that is not good for that name: senders do not believe the policy.`,
        `Have the web server in front of this one show a certificate for mta-sts.${domain}.`,
      ),
    ]
  return [
    say.wrong(
      `${urlOf(domain)} could not be read from here (${stsFile.why}): senders that cannot either go without a policy.`,
      "Let port 443 of that name reach a web server that passes it on to [listen] http.",
    ),
  ]
}

function adviseFile(
  { domain, hostname, mtaSts }: DomainFacts,
  file: Extract<StsFileSeen, { kind: "file" }>,
): readonly DnsFinding[] {
  const url = urlOf(domain)
  const read = acceptPolicy(file)
  if (read.kind === "invalid") return [say.wrong(`${url} is no policy. ${read.why}`, byOurDoor)]
  const { mode, mx } = read.policy
  if (mode !== "none" && !matchesMx(mx, hostname)) {
    const says = `The policy at ${url} does not name ${hostname}`
    return [
      mode === "enforce"
        ? say.urgent(`${says}: servers that heed it do not deliver here.`, byOurDoor)
        : say.wrong(`${says}.`, byOurDoor),
    ]
  }
  if (mode === mtaSts) return []
  return [say.look(`The policy at ${url} says ${mode}, and [sending] mta_sts is "${mtaSts}".`, byOurDoor)]
}

/** Would whoever heeds the policy take this server's certificate? */
function adviseCertificate({ hostname, mtaSts, certificate }: DomainFacts): readonly DnsFinding[] {
  const names = certificate.names.map(name => name.toLowerCase())
  if (!certificate.selfSigned && matchesMx(names, hostname)) return []
  const flaw = `this server's certificate is ${certificate.selfSigned ? "signed by itself" : `not for ${hostname}`}`
  const todo = `Set [tls] cert and key to a certificate for ${hostname} of a known authority`
  if (mtaSts !== "enforce")
    return [
      say.look(
        `The MTA-STS policy is being tried, and ${flaw}: enforced, it would keep mail away.`,
        `${todo} before you set mta_sts = "enforce".`,
      ),
    ]
  return [
    say.urgent(
      `The MTA-STS policy is enforced, and ${flaw}: servers that heed it do not deliver here.`,
      `${todo}, or mta_sts = "testing".`,
    ),
  ]
}

/** The policy names this server alone. */
function adviseOthers({ domain, hostname, mtaSts }: DomainFacts, { mx }: Seen): readonly DnsFinding[] {
  const strangers = recordsOf(mx).filter(({ exchange }) => !matchesMx([hostname], exchange.toLowerCase()))
  if (mtaSts !== "enforce" || strangers.length === 0) return []
  return [
    say.wrong(
      `The MTA-STS policy is enforced and names ${hostname} alone, but the MX of ${domain} leads elsewhere too (${strangers.map(({ exchange }) => exchange).join(", ")}): senders that heed it do not go there.`,
      `Take the other MX out, or set mta_sts = "testing".`,
    ),
  ]
}
