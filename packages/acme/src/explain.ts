/**
 * Failures in words for whoever runs the server: what is so, and what to do. The authority's own words stand behind ours.
 */
import type { AcmeFailure } from "./failure.ts"
import type { Problem } from "./problem.ts"
import type { ChallengeKind } from "./proof.ts"

export interface Explained {
  /** What is wrong, in one sentence. */
  readonly says: string
  /** What to do about it, in one sentence. */
  readonly todo: string
}

export function explainFailure(failure: AcmeFailure): Explained {
  switch (failure.kind) {
    case "unreachable":
      return {
        says: `the authority cannot be reached: ${failure.why}`,
        todo: "see that this server may open connections to port 443 of the authority; it is tried again by itself",
      }
    case "malformed":
      return {
        says: `the authority answers what cannot be used: ${failure.what}`,
        todo: "see that [acme] directory is the address of an ACME directory, and that nothing on the way alters it",
      }
    case "refused":
      return explainRefusal(failure)
    case "not-proven":
      return explainProof(failure.name, failure.challenge, failure.problem)
    case "not-offered":
      return {
        says: `the authority does not take ${failure.challenge} as proof for ${failure.name}`,
        todo: "choose another [acme] challenge",
      }
    case "terms":
      return {
        says: `the authority has terms that have to be agreed to${failure.url === undefined ? "" : `: ${failure.url}`}`,
        todo: "read them and set [acme] agree = true",
      }
    case "needs-external-account":
      return {
        says: "the authority serves its own customers alone",
        todo: "set [acme] eab_key_id and eab_key to what it gave you",
      }
    case "account-gone":
      return {
        says: "the authority knows this server's account no longer",
        todo: "nothing: a new one is made at the next try",
      }
    case "too-slow":
      return {
        says:
          failure.what === "order"
            ? "the authority did not come to an end with the order"
            : "the authority did not come to look at the proof",
        todo: "nothing: it is tried again by itself",
      }
    case "unfit":
      return {
        says: `the authority issued something else than was asked for: ${failure.why}`,
        todo: "nothing: it is tried again by itself; the certificate before stays in force",
      }
  }
}

function explainRefusal({ problem, status, step }: Extract<AcmeFailure, { kind: "refused" }>): Explained {
  const about = problem.name ?? problem.subproblems.find(one => one.name !== undefined)?.name
  const forName = about === undefined ? "" : ` for ${about}`
  const words = inItsWords(problem)
  switch (problem.type) {
    case "rateLimited":
      return {
        says: `the authority has had too many requests${forName}${words}`,
        todo: "nothing: it is tried again when the authority allows it",
      }
    case "caa":
      return {
        says: `a CAA record in the DNS forbids this authority to issue a certificate${forName}${words}`,
        todo: "add the authority to the CAA records of the domain, or remove them",
      }
    case "rejectedIdentifier":
    case "unsupportedIdentifier":
      return {
        says: `the authority issues no certificate${forName}${words}`,
        todo: "set [acme] names to names that are in the public DNS",
      }
    case "invalidContact":
    case "unsupportedContact":
      return {
        says: `the authority does not take the contact${words}`,
        todo: "set [acme] contact to a mail address that receives mail, or leave it empty",
      }
    case "externalAccountRequired":
      return explainFailure({ kind: "needs-external-account" })
    case "userActionRequired":
      return {
        says: `the authority wants you to do something first${words}`,
        todo: "do what it says; its terms may have changed",
      }
    case "unauthorized":
      return {
        says: `the authority does not let this server's account have a certificate${forName}${words}`,
        todo: "see what it says; where its own keys are asked for, see [acme] eab_key_id and eab_key",
      }
    case "dns":
      return {
        says: `the authority cannot look up the names in the DNS${forName}${words}`,
        todo: "see that the names are published in the DNS, and that DNSSEC, where it is used, is in order",
      }
    default:
      return {
        says: `the authority refused (${step}, ${status}${problem.type === "other" ? "" : `, ${problem.type}`})${words}`,
        todo: "see what it says; it is tried again by itself",
      }
  }
}

/** What the authority did to look, and what it takes for that to work. */
const ways: Readonly<
  Record<ChallengeKind, { readonly where: (name: string) => string; readonly todo: string }>
> = {
  "http-01": {
    where: name => `port 80 of ${name} does not reach this server`,
    todo: "forward port 80 to [acme] http, in the firewall and the router too, or choose another [acme] challenge",
  },
  "tls-alpn-01": {
    where: name => `port 443 of ${name} does not reach this server`,
    todo: "forward port 443 to [acme] tls_alpn, without ending TLS on the way, or choose another [acme] challenge",
  },
  "dns-01": {
    where: name => `the DNS does not have the record _acme-challenge.${name}`,
    todo: "see that [acme] dns_hook publishes the record before it ends, on all name servers of the domain",
  },
}

function explainProof(name: string, challenge: ChallengeKind, problem: Problem | undefined): Explained {
  const { where, todo } = ways[challenge]
  const words = problem === undefined ? "" : inItsWords(problem)
  switch (problem?.type) {
    case "dns":
      return {
        says:
          challenge === "dns-01"
            ? `${where(name)}${words}`
            : `${name} has no address in the DNS that the authority can see${words}`,
        todo:
          challenge === "dns-01" ? todo : `publish an A or AAAA record for ${name} that leads to this server`,
      }
    case "caa":
      return {
        says: `a CAA record in the DNS forbids this authority to issue a certificate for ${name}${words}`,
        todo: "add the authority to the CAA records of the domain, or remove them",
      }
    case "unauthorized":
    case "incorrectResponse":
      return {
        says:
          challenge === "dns-01"
            ? `the DNS has another record _acme-challenge.${name} than it should${words}`
            : `something else than this server answers on port ${challenge === "http-01" ? 80 : 443} of ${name}${words}`,
        todo,
      }
    default:
      return { says: `${where(name)}${words}`, todo }
  }
}

function inItsWords({ detail, subproblems }: Problem): string {
  const said = detail === "" ? subproblems.find(one => one.detail !== "")?.detail : detail
  return said === undefined ? "" : ` (it says: ${said})`
}
