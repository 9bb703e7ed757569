import type { EgressRecipient } from "../../ports/network/index.ts"
import type { Category } from "./categories.ts"
import type { Feature } from "./facts.ts"
import type { Where } from "./transfers.ts"

/** Who outside gets what, where that is, and why it may go there. What is not listed does not leave. */
interface RecipientEntry {
  readonly name: string
  readonly sentence: string
  /** It is told nothing unless all of one of these sets are switched on. */
  readonly needs: readonly (readonly Feature[])[]
  /** The only categories that this recipient may get. */
  readonly fields: readonly Category[]
  readonly where: Where
  /** What binds the recipient, in a sentence. */
  readonly agreement: string
}

export const recipients = {
  dns: {
    name: "Name servers (DNS)",
    sentence:
      "The name servers of the internet are asked about the domains and machines that a message names, and about the domains that you write to. Where the SPF record of the sender's domain, or one that it includes, asks for it, the sender's address or a part of it is in the question.",
    needs: [["smtp", "checks"], ["sending"]],
    // The sender's address has a field of its own, and is none of user.contact: an address goes to nobody but by the yes
    // of the person whose it is (SHARE-7), and a sender has no account here to say so: where the sender's domain is one of
    // this house, no such question is asked. By %{s} and %{l} in the record that their own domain published (RFC 7208 §7.2)
    // its name servers are asked about it, and they are where it belongs.
    fields: ["user.communications.domain", "user.communications.sender", "user.device.ip_address"],
    where: {
      kind: "anywhere",
      why: "Whoever owns a domain chooses where its name servers stand.",
      ground: "contract",
    },
    agreement:
      "None with each name server: a question holds one name or one network address, the name at times with the sender's address in it, and does not say for whom here the message is.",
  },
  "own-door": {
    name: "This server's own mail door",
    sentence: "Mail that you try the server with goes out to its own mail door, on the same machine.",
    needs: [["smtp", "http"]],
    fields: ["user.contact.email"],
    where: { kind: "this-machine" },
    agreement: "None is needed: it does not leave the machine.",
  },
  "mail-exchanger": {
    name: "Mail servers of those you write to",
    sentence:
      "What you send, what a filter of yours forwards, answers or refuses, and what comes back of it, is handed over to the mail servers of those whom it is for; the server's own reports, where they are switched on, to those of the domains that ask for them.",
    needs: [["sending"]],
    fields: ["user.communications.outgoing"],
    where: {
      kind: "anywhere",
      why: "Whoever you write to chooses where their mail server stands.",
      ground: "contract",
    },
    agreement: "None with each mail server: you chose whom to write to, and the letter is for them.",
  },
  "smart-host": {
    name: "The mail server that this server sends through",
    sentence:
      "What you send, what a filter of yours forwards, answers or refuses, and what comes back of it, is handed over to a mail server that the operator has chosen, which hands it on to those whom it is for; so are the server's own reports, where they are switched on, to the domains that ask for them.",
    needs: [["sending", "smart-host"]],
    fields: ["user.communications.outgoing"],
    where: {
      kind: "anywhere",
      why: "The operator has chosen it; ask them where it stands.",
      ground: "contract",
    },
    agreement: "The operator's own with whoever runs that server.",
  },
  "policy-host": {
    name: "Web servers of the domains you write to (MTA-STS)",
    sentence:
      "A domain that you write to may say on its web server how mail must reach it: that server is asked, and so hears that somebody here writes to the domain, not who, and nothing of the letter.",
    needs: [["sending"]],
    fields: ["user.communications.domain"],
    where: {
      kind: "anywhere",
      why: "Whoever owns a domain chooses where its web server stands.",
      ground: "contract",
    },
    agreement:
      "None with each web server: the question holds the domain alone, and is asked about once a day while people here write to it.",
  },
  "certificate-authority": {
    name: "The authority that signs this server's certificates",
    sentence:
      "The authority that the operator has chosen is told the names of this server, and an address of the operator's where they gave one for it; it publishes the names with their certificates.",
    needs: [["acme"]],
    fields: ["user.organisation"],
    where: {
      kind: "anywhere",
      why: "The operator has chosen it; certificates are public everywhere.",
      ground: "contract",
    },
    agreement: "The authority's terms, which the operator agreed to in the settings.",
  },
} as const satisfies { readonly [R in EgressRecipient]: RecipientEntry }
