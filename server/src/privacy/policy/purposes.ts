import type { EgressRecipient } from "../../ports/network/index.ts"
import type { ChoiceName } from "../choices/definitions.ts"
import type { Category, CategoryOrAbove } from "./categories.ts"
import type { Feature } from "./facts.ts"

/**
 * What personal data is used for: each purpose with what it may open, why it may, and whom it may tell. A purpose
 * that does not stand here does not compile, and at run time gets no permit.
 *
 * A category covers those below it: `user.content` would cover `user.content.private.mail`.
 */

interface PurposeEntry {
  /** A few words for a list. */
  readonly name: string
  /** What is done, in a sentence for the person whose data it is. */
  readonly sentence: string
  /** What is done besides, where all that it needs is switched on. */
  readonly also?: readonly { readonly needs: readonly Feature[]; readonly sentence: string }[]
  /** Nothing is done for it unless all of these are switched on; absent: always. */
  readonly needs?: readonly Feature[]
  readonly basis: keyof typeof bases
  readonly categories: readonly Category[]
  readonly recipients: readonly EgressRecipient[]
  /** What has to be switched on besides, for one of these to be told by it. */
  readonly tellsWith?: { readonly [R in EgressRecipient]?: readonly Feature[] }
  /** Milliseconds that a permit lasts at most: the longest that one piece of this work takes. */
  readonly permitLasts: number
  /** The choice without whose yes nothing is done. Absent: it is part of the service. */
  readonly choice?: ChoiceName
}

const minute = 60_000

/** What each basis means to a person, and its place in the law. */
export const bases = {
  contract: {
    sentence: "It is part of the service that you asked for (GDPR Art. 6(1)(b)).",
    article: "GDPR Art. 6(1)(b)",
  },
  "legal-duty": { sentence: "A law demands it (GDPR Art. 6(1)(c)).", article: "GDPR Art. 6(1)(c)" },
  "legitimate-interest": {
    sentence:
      "A legitimate interest of yours and of the operator's in a service that is safe and works; you may object (GDPR Art. 6(1)(f)).",
    article: "GDPR Art. 6(1)(f)",
  },
} as const

export const purposes = {
  "mail.receive": {
    name: "taking mail in",
    sentence:
      "We take in mail that is addressed to you, run the filter on it that you have set, seal it to your key and keep it until you delete it.",
    basis: "contract",
    categories: [
      "user.content.private.mail",
      "user.content.private.filters",
      "user.content.private.mailboxes",
      "user.communications",
      "user.contact.email",
      "user.device.ip_address",
    ],
    recipients: [],
    permitLasts: 60 * minute,
  },
  "mail.screen": {
    name: "screening what comes in",
    sentence: "Before a message is sealed, the server looks whether you have allowed or blocked its sender.",
    also: [
      {
        needs: ["checks"],
        sentence:
          "It checks who sent the message and whether it is junk. For that it asks name servers about domains and machines; where the SPF record of the sender's domain, or one that it includes, asks for it, the sender's address or a part of it is in the question.",
      },
      {
        needs: ["checks", "dmarc-reports"],
        sentence:
          "Where the sender's domain asks for it by DMARC, it counts which machines sent how many messages in the domain's name and what vouched for them, and tells the domain once a day: no address of a person, nothing of the messages, nor for whom they are. Until then that is sealed to the server.",
      },
    ],
    needs: ["smtp"],
    basis: "legitimate-interest",
    categories: [
      "user.content.private.mail",
      "user.communications",
      "user.contact.email",
      "user.contacts",
      "user.device.ip_address",
    ],
    recipients: ["dns"],
    tellsWith: { dns: ["checks"] },
    permitLasts: 60 * minute,
  },
  "mail.send": {
    name: "sending your mail",
    sentence:
      "We take the mail that you send, keep a copy for you, seal it until it is handed over to the servers of those whom it is for, sign it for its domain, try again where that fails, and keep for you what became of it. What your filters forward or answer goes the same way.",
    also: [
      {
        needs: ["tls-reports"],
        sentence:
          "Domains that ask for it are told once a day, in numbers, how connections to their mail servers went: how many were safe, what kept the others from it, and between which machines; not whose mail went over them. Until then the server counts that for each domain, sealed to itself.",
      },
    ],
    needs: ["sending"],
    basis: "contract",
    categories: [
      "user.content.private.mail",
      "user.content.private.queued",
      "user.communications",
      "user.contact.email",
      "user.device.ip_address",
    ],
    recipients: ["dns", "mail-exchanger", "smart-host", "policy-host"],
    permitLasts: 60 * minute,
  },
  "mail.read": {
    name: "showing and searching your mail",
    sentence:
      "When you are signed in, the server opens your mail to show it to you, to search it, and to keep its sealed index in order.",
    basis: "contract",
    categories: [
      "user.content.private.mail",
      "user.content.private.sealed",
      "user.content.private.mailboxes",
      "user.communications.metadata",
      // what became of what the person sent
      "user.communications.outgoing",
      "user.contact.email",
    ],
    recipients: [],
    permitLasts: 30 * minute,
  },
  "mail.organise": {
    name: "keeping your mail in order",
    sentence:
      "While you are signed in, we keep what you put into your mailboxes, mark, move and delete mail as you say, and keep the filters that you set.",
    basis: "contract",
    categories: [
      "user.content.private.mail",
      "user.content.private.sealed",
      "user.content.private.mailboxes",
      "user.content.private.filters",
      "user.communications.metadata",
      "user.contact.email",
    ],
    recipients: [],
    permitLasts: 30 * minute,
  },
  "account.serve": {
    name: "running your account",
    sentence: "We keep your addresses, your sign-in and your settings, so that the account works.",
    basis: "contract",
    categories: [
      "user.contact.email",
      "user.organisation",
      "user.credentials",
      "user.preferences",
      "user.contacts",
      "user.keys",
    ],
    recipients: ["own-door", "certificate-authority"],
    permitLasts: 5 * minute,
  },
  "ledger.show": {
    name: "showing you the ledger",
    sentence:
      "What is done with your data is written into a ledger that only grows, sealed to you; when you are signed in, the server opens what it says of you, to show it to you.",
    basis: "contract",
    categories: ["user.ledger"],
    recipients: [],
    permitLasts: 5 * minute,
  },
  "account.support": {
    name: "support",
    sentence:
      "An administrator of this server may look at your addresses, your settings, your sign-in methods and the size of your mail, and where mail of yours waits to be sent, at its size, its times, and which domains it is for and why they do not take it; never at what is in it, nor for whom it is: for one answer at a time, and for a reason that your ledger has each time and that a message tells you, up to five a day for one kind of look. In the same way an administrator may hold or take out mail of yours that waits to be sent, and stop a filter of yours.",
    basis: "legitimate-interest",
    categories: [
      "user.contact.email",
      "user.credentials",
      "user.preferences",
      "user.communications.metadata",
      "user.communications.domain",
    ],
    recipients: [],
    permitLasts: 2 * minute,
  },
  "staff.bind": {
    name: "binding those who run this server",
    sentence:
      "Whoever runs this server is shown something of yours only under an agreement: to look for the stated reason alone, to tell nobody, to keep no copy. We keep their names, what they may be shown, and until when.",
    basis: "legitimate-interest",
    categories: ["user.staff"],
    recipients: [],
    permitLasts: minute,
  },
  "domain.watch": {
    name: "watching over the domains",
    sentence:
      "Other mail servers report which machines send mail in the name of a domain here, and how they reached its mail servers over TLS. Where such a report reaches the domain's postmaster, the server reads it as it comes, keeps its figures, and shows them to whoever runs it: so forged mail is noticed, and mail of ours that others cannot tell from it, and whatever keeps mail to us from being safe on its way.",
    needs: ["smtp", "checks"],
    basis: "legitimate-interest",
    categories: ["user.communications.reported"],
    recipients: [],
    permitLasts: 5 * minute,
  },
  "server.protect": {
    name: "protecting the server",
    sentence:
      "We count where connections come from and which addresses they try to sign in to, to slow down abuse and keep the server up.",
    basis: "legitimate-interest",
    categories: ["user.device.ip_address", "user.contact.email"],
    recipients: [],
    permitLasts: 5 * minute,
  },
} as const satisfies {
  readonly [purpose: string]: Omit<PurposeEntry, "categories"> & {
    readonly categories: readonly CategoryOrAbove[]
  }
}
