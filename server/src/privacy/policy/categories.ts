/**
 * Every category of personal data that Letterkeep touches: dotted keys after fideslang, each with a sentence
 * for people. `stored` categories are the ones that the columns of the schema are tagged with (a test compares
 * them); `passing` ones exist in memory only, on the way in or out or in a live session.
 *
 * What the columns call `system` is not personal data and not here.
 */
interface CategoryEntry {
  /** A few words for a list. */
  readonly name: string
  readonly held: "stored" | "passing"
  readonly about: string
}

export const categories = {
  "user.contact.email": {
    name: "mail addresses",
    held: "stored",
    about:
      "Mail addresses. Those of the people who have an account here are kept; others pass with a message.",
  },
  "user.organisation": {
    name: "names and domains of organisations",
    held: "stored",
    about: "The names and domains of the organisations that use this server.",
  },
  "user.staff": {
    name: "names of those who run this server",
    held: "stored",
    about: "The names of those who run this server and may be shown something of a person's.",
  },
  "user.credentials": {
    name: "sign-in methods",
    held: "stored",
    about: "Checksums of passwords and codes, and what each may be used for.",
  },
  "user.preferences": {
    name: "settings and choices",
    held: "stored",
    about: "What a person has set: quotas, rules, choices.",
  },
  "user.contacts.hashed": {
    name: "keyed hashes of senders in rules",
    held: "stored",
    about: "Keyed hashes of addresses that a person has rules for.",
  },
  "user.contacts.sealed": {
    name: "sealed addresses of senders in rules",
    held: "stored",
    about: "Addresses that a person has rules for, sealed.",
  },
  "user.keys.public": {
    name: "public keys",
    held: "stored",
    about: "The public keys that mail is sealed to.",
  },
  "user.keys.wrapped": {
    name: "wrapped private keys",
    held: "stored",
    about: "Private keys, wrapped so that only a sign-in opens them.",
  },
  "user.communications.metadata": {
    name: "sizes, dates and flags of messages",
    held: "stored",
    about:
      "Sizes, dates, flags and counts of messages; and, sealed to the server, what the domains that mail goes to ask of TLS, and for some days how connections to each of them went.",
  },
  "user.communications.hashed": {
    name: "keyed hashes of message ids, destinations and correspondents",
    held: "stored",
    about:
      "Keyed hashes of message ids, which hold threads together, of the domains that mail goes to, and of what a person's filters remember: which message came before, and whom an answer or a copy went to.",
  },
  "user.communications.reported": {
    name: "reports about domains",
    held: "stored",
    about:
      "What other mail servers report of mail in the name of a domain here: which machines sent how many messages, and whether SPF and DKIM vouch for them, and how its mail servers were reached over TLS; and what this server counts of the mail that comes, in the same way, until it has told the domains that ask for it. It names no person, and nothing of the mail.",
  },
  "user.ledger.sealed": {
    name: "sealed ledger entries",
    held: "stored",
    about: "What the ledger says was done with a person's data, sealed to them.",
  },
  "user.content.private.sealed": {
    name: "sealed messages",
    held: "stored",
    about: "Messages, their index, and what became of those that were sent, sealed to their reader.",
  },
  "user.content.private.queued": {
    name: "mail that waits to be sent, sealed to the server",
    held: "stored",
    about:
      "Mail on its way out with its envelope, sealed to the server, which hands it over when you are gone; deleted when that is done.",
  },
  "user.content.private.filters": {
    name: "sealed mail filters",
    held: "stored",
    about: "The mail filters that a person has, sealed to the server, which runs them on what comes.",
  },
  "user.content.private.mailboxes": {
    name: "sealed names of mailboxes",
    held: "stored",
    about: "The names that a person gives to mailboxes, sealed to the server, which needs them.",
  },

  "user.ledger.events": {
    name: "ledger entries in plain text",
    held: "passing",
    about: "What the ledger says was done with a person's data, while it is written and in a live session.",
  },
  "user.content.private.mail": {
    name: "mail in plain text",
    held: "passing",
    about: "Mail in plain text: on arrival and in a live session.",
  },
  "user.contacts.senders": {
    name: "addresses and domains in rules",
    held: "passing",
    about: "Addresses and domains that a person has rules for, while a rule is made or shown.",
  },
  "user.communications.envelope": {
    name: "envelopes of messages",
    held: "passing",
    about: "What else a server says of a message that it hands over.",
  },
  "user.communications.domain": {
    name: "domains and machines that messages name",
    held: "passing",
    about: "Domain names and addresses of machines that a message names.",
  },
  "user.communications.outgoing": {
    name: "letters on their way out",
    held: "passing",
    about: "What a person here sends, with its envelope, as it is handed over to the recipients' servers.",
  },
  "user.communications.sender": {
    name: "addresses that senders' SPF records ask for",
    held: "passing",
    about:
      "The address of whoever wrote a message, or a part of it, where the SPF record that their own domain has published, or one that it includes, asks for it.",
  },
  "user.device.ip_address": {
    name: "network addresses",
    held: "passing",
    about: "The network address of a machine that connects.",
  },
} as const satisfies { readonly [key: string]: CategoryEntry }

export type Category = keyof typeof categories

/** Every prefix of a category, the category itself included. */
export type Above<C extends string> = C extends `${infer Head}.${infer Tail}`
  ? Head | `${Head}.${Above<Tail>}`
  : C
export type CategoryOrAbove = Above<Category>

/** All categories that these cover: themselves, and those below. */
export function covered(these: readonly CategoryOrAbove[]): readonly Category[] {
  const keys = Object.keys(categories).filter(isCategory)
  return keys.filter(key => these.some(one => key === one || key.startsWith(`${one}.`)))
}

export function isCategory(key: string): key is Category {
  return Object.hasOwn(categories, key)
}
