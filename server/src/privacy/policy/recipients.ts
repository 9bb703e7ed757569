import type { EgressRecipient } from "../../ports/network/index.ts"
import type { Category } from "./categories.ts"
import type { Feature } from "./facts.ts"
import type { Where } from "./transfers.ts"

/** Who outside gets what, where that is, and why it may go there. What is not listed does not leave. */
interface RecipientEntry {
  readonly name: string
  readonly sentence: string
  /** It is told nothing unless all of these are switched on. */
  readonly needs: readonly Feature[]
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
      "The name servers of the internet are asked about the domains and machines that a message names. Where the SPF record of the sender's domain, or one that it includes, asks for it, the sender's address or a part of it is in the question.",
    needs: ["smtp", "checks"],
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
    needs: ["smtp", "http"],
    fields: ["user.contact.email"],
    where: { kind: "this-machine" },
    agreement: "None is needed: it does not leave the machine.",
  },
} as const satisfies { readonly [R in EgressRecipient]: RecipientEntry }
