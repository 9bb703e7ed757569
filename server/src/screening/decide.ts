import type { AuthEvidence, CheckedEvidence, RecipientEvidence } from "./evidence/index.ts"
import type { Reason, ReasonCode, Verdict } from "./reason.ts"

/**
 * From evidence to a verdict: pure, and one rule after another, so that each verdict has one cause that can be told.
 * The order is the policy:
 *
 * 0. What has passed a hundred servers is in a loop, and is refused (RFC 5321 §6.3).
 * 1. A domain that asks for refusal of what it did not send gets it (DMARC). A rule of the recipient cannot lift that:
 *    the rule names an address, and this message is not from it. Only an ARC chain sealed throughout by servers that
 *    the operator trusts can. Departs from RFC 9989 §5.4: it would have more than the policy's word for a refusal. A
 *    signature outlives plain forwarding, and a domain whose people write to lists can ask for less.
 * 2. What could be such a message, or one that its domain asks to doubt, but the DNS did not say, is put off: its
 *    sender comes back. Not knowing the policy is the same: who can keep our resolver busy could otherwise have any
 *    forgery taken. A fault of our own DNS loses no mail so, and a domain whose DNS is dead gets "later" until its
 *    sender gives up.
 * 3. The recipient's block rule: Junk. Not a refusal, which would tell the sender, and tell it wrong for the others.
 * 4. The recipient's allow rule, if From is proven to be the address that it names: accepted.
 * 5. What asks to be doubted goes to Junk: DMARC quarantine, a From that cannot be told, our own domain without proof,
 *    SPF fail where nothing else speaks for the sender.
 * 6. The rest is accepted. Other trouble with the DNS is no evidence against anybody.
 */
export function decide(shared: AuthEvidence, recipient: RecipientEvidence): Verdict {
  if (shared.header.hops > hopLimit) return { kind: "refuse", reasons: [mailLoop] }
  if (shared.authentication === "off") return decideUnchecked(recipient)
  const notes = noteworthy(shared, recipient)
  const verdict = (kind: Verdict["kind"], ...reasons: Reason[]): Verdict => ({
    kind,
    reasons: [...reasons, ...notes],
  })
  const { dmarc } = shared

  if (dmarc.result === "fail" && dmarc.disposition === "reject" && !shared.isChainTrusted) {
    return verdict(
      "refuse",
      reason("dmarc-reject", "dmarc", `${dmarc.reason} ${dmarc.policyDomain} asks to refuse such mail.`),
    )
  }
  if (dmarc.result === "temperror" && mayForbid(dmarc)) {
    return verdict("later", reason("dns-trouble", "dmarc", `${dmarc.reason} The message may be tried again.`))
  }
  if (recipient.rule === "block") return verdict("junk", blocked)
  if (recipient.rule === "allow" && shared.proof === "proven") return verdict("accept", allowed)

  const doubt = findDoubt(shared)
  const unproven = recipient.rule === "allow" ? [allowUnproven] : []
  if (doubt !== undefined) return verdict("junk", doubt, ...unproven)
  return verdict("accept", welcome(shared), ...unproven)
}

/** Could the whole answer be "reject" or "quarantine"? A policy in test mode asks for one step less (RFC 9989 §4.7, t). */
function mayForbid({ policy, isTest }: CheckedEvidence["dmarc"]): boolean {
  if (policy === undefined || policy === "reject") return true
  return policy === "quarantine" && isTest !== true
}

function decideUnchecked({ rule }: RecipientEvidence): Verdict {
  const off = reason("authentication-off", "screening", "This server does not check who sends it mail.")
  if (rule === "block") return { kind: "junk", reasons: [blocked, off] }
  return { kind: "accept", reasons: rule === "allow" ? [allowed, off] : [off] }
}

/** RFC 5321 §6.3: at least 100. */
const hopLimit = 100

const mailLoop: Reason = reason(
  "mail-loop",
  "header",
  "The message has passed more than a hundred servers and seems to go round in a circle.",
)
const blocked: Reason = reason("blocked-by-you", "rules", "You block this sender.")
const allowed: Reason = reason("allowed-by-you", "rules", "You always want mail from this sender.")
const allowUnproven: Reason = reason(
  "allow-unproven",
  "rules",
  "You allow this sender, but nothing proves that the message is really from there.",
)

function reason(code: ReasonCode, evidence: Reason["evidence"], sentence: string): Reason {
  return { code, evidence, sentence }
}

/** The first thing that speaks against the message, if any does. */
function findDoubt(shared: CheckedEvidence): Reason | undefined {
  const { dmarc, spf } = shared
  if (dmarc.result === "fail" && dmarc.disposition === "quarantine" && !shared.isChainTrusted) {
    const sentence = `${dmarc.reason} ${dmarc.policyDomain} asks to treat such mail with suspicion.`
    return reason("dmarc-quarantine", "dmarc", sentence)
  }
  if (dmarc.result === "permerror") return reason("from-unclear", "header", dmarc.reason)
  if (shared.forgesOurDomain && !shared.isChainTrusted) {
    const sentence = "The message claims to come from this server's own domain, and nothing proves it."
    return reason("our-domain-forged", "header", sentence)
  }
  if (dmarc.result === "none" && spf.result === "fail" && shared.proof === "unproven") {
    return reason("spf-fail", "spf", spf.reason)
  }
  return undefined
}

/** Why an accepted message is no worse than it is. */
function welcome(shared: CheckedEvidence): Reason {
  const { dmarc } = shared
  if (dmarc.result === "pass") return reason("dmarc-pass", "dmarc", dmarc.reason)
  if (dmarc.result === "fail" && dmarc.disposition !== "none") {
    return reason(
      "arc-trusted",
      "arc",
      `${dmarc.reason} A forwarder that this server trusts saw that it was in order.`,
    )
  }
  if (dmarc.result === "temperror")
    return reason("dns-trouble", "dmarc", `${dmarc.reason} So the sender could not be checked.`)
  if (shared.proof === "proven") {
    const evidence = shared.dkim.some(({ result }) => result === "pass") ? "dkim" : "spf"
    return reason("sender-confirmed", evidence, "The sender's domain confirms the message.")
  }
  return reason("unconfirmed", "screening", "Nothing confirms the sender, and nothing speaks against it.")
}

/** What a person may want to know besides. */
function noteworthy(shared: CheckedEvidence, recipient: RecipientEvidence): Reason[] {
  const notes: Reason[] = []
  const { spf, dkim, iprev, header } = shared
  const broken = dkim.find(({ result }) => result !== "pass" && result !== "temperror")
  if (broken !== undefined && !dkim.some(({ result }) => result === "pass")) {
    notes.push(reason("dkim-failed", "dkim", broken.reason))
  }
  const silent =
    spf.result === "temperror" ? spf.reason : dkim.find(({ result }) => result === "temperror")?.reason
  if (silent !== undefined && shared.dmarc.result !== "temperror")
    notes.push(reason("dns-trouble", "screening", silent))
  if (iprev?.result === "fail" || iprev?.result === "permerror")
    notes.push(reason("no-reverse-name", "iprev", iprev.reason))
  if (!header.hasDate) notes.push(reason("no-date", "header", "The message has no date."))
  for (const name of header.repeated) {
    if (name !== "from")
      notes.push(reason("repeated-field", "header", `The message has more than one ${name} field.`))
  }
  if (recipient.history === "stranger") {
    notes.push(reason("first-contact", "history", "This is the first message from this address."))
  } else if (recipient.history === "correspondent" && shared.proof === "proven") {
    notes.push(reason("known-correspondent", "history", "You have written to this address."))
  }
  return notes
}
