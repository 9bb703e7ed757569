import type { EgressRecipient } from "../ports/network/index.ts"
import type { Category } from "./categories.ts"

/**
 * The policy, as data: which purposes exist, what each may open and why it may, and who outside gets what.
 * The types of `gate`, `Personal` and `disclose` come from these tables, so what is not declared here does not
 * compile. Only what exists today stands here.
 *
 * A category covers those below it: `user.content` would cover `user.content.private.mail`.
 */
export const policyVersion = 1

interface PurposeEntry {
  /** What is done, in a sentence for the person whose data it is. */
  readonly sentence: string
  /** GDPR Art. 6(1): (b) contract, (c) legal duty, (f) legitimate interest. */
  readonly basis: "contract" | "legal-duty" | "legitimate-interest"
  readonly categories: readonly Category[]
  readonly recipients: readonly EgressRecipient[]
  /** Milliseconds that a permit lasts at most: the longest that one piece of this work takes. */
  readonly permitLasts: number
}

const minute = 60_000

export const purposes = {
  "mail.receive": {
    sentence:
      "We take in mail that is addressed to you, seal it to your key and keep it until you delete it.",
    basis: "contract",
    categories: [
      "user.content.private.mail",
      "user.communications",
      "user.contact.email",
      "user.device.ip_address",
    ],
    recipients: [],
    permitLasts: 60 * minute,
  },
  "mail.screen": {
    sentence: "Before a message is sealed, the server checks who sent it and whether it is junk.",
    basis: "legitimate-interest",
    categories: [
      "user.content.private.mail",
      "user.communications",
      "user.contact.email",
      "user.contacts",
      "user.device.ip_address",
    ],
    recipients: ["dns"],
    permitLasts: 60 * minute,
  },
  "mail.read": {
    sentence:
      "When you are signed in, the server opens your mail to show it to you, to search it, and to keep its sealed index in order.",
    basis: "contract",
    categories: ["user.content.private", "user.communications", "user.contact.email"],
    recipients: [],
    permitLasts: 30 * minute,
  },
  "mail.organise": {
    sentence:
      "While you are signed in, we keep what you put into your mailboxes, and mark, move and delete mail as you say.",
    basis: "contract",
    categories: ["user.content.private", "user.communications", "user.contact.email"],
    recipients: [],
    permitLasts: 30 * minute,
  },
  "account.serve": {
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
    recipients: ["own-door"],
    permitLasts: 5 * minute,
  },
  "server.protect": {
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

interface RecipientEntry {
  readonly sentence: string
  /** The only categories that this recipient may get. */
  readonly fields: readonly Category[]
  /** Milliseconds since 1970 when the agreement ends; undefined: it stands. */
  readonly until: number | undefined
}

export const recipients = {
  dns: {
    sentence:
      "The name servers of the internet are asked about the domains and machines that a message names.",
    fields: ["user.communications.domain", "user.device.ip_address"],
    until: undefined,
  },
  "own-door": {
    sentence: "Mail that you try the server with goes out to its own mail door, on the same machine.",
    fields: ["user.contact.email"],
    until: undefined,
  },
} as const satisfies { readonly [R in EgressRecipient]: RecipientEntry }

/** Every prefix of a category, the category itself included. */
type Above<C extends string> = C extends `${infer Head}.${infer Tail}` ? Head | `${Head}.${Above<Tail>}` : C
export type CategoryOrAbove = Above<Category>

export type Purpose = keyof typeof purposes
export type Recipient = keyof typeof recipients

type Allowed<P extends Purpose> = (typeof purposes)[P]["categories"][number]
/** The purposes that may open a category. */
export type PurposeThatOpens<C extends Category> = {
  [P in Purpose]: Allowed<P> & Above<C> extends never ? never : P
}[Purpose]
/** The purposes that may send something to a recipient. */
export type PurposeThatTells<R extends Recipient> = {
  [P in Purpose]: R extends (typeof purposes)[P]["recipients"][number] ? P : never
}[Purpose]
/** What a recipient may get. */
export type FieldOf<R extends Recipient> = (typeof recipients)[R]["fields"][number]
