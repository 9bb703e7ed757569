/**
 * Every category of personal data that Letterkeep touches: dotted keys after fideslang, each with a sentence
 * for people. `stored` categories are the ones that the columns of the schema are tagged with (a test compares
 * them); `passing` ones exist in memory only, on the way in or out or in a live session.
 *
 * What the columns call `system` is not personal data and not here.
 */
interface CategoryEntry {
  readonly held: "stored" | "passing"
  readonly about: string
}

export const categories = {
  "user.contact.email": {
    held: "stored",
    about:
      "Mail addresses. Those of the people who have an account here are kept; others pass with a message.",
  },
  "user.organisation": {
    held: "stored",
    about: "The names and domains of the organisations that use this server.",
  },
  "user.credentials": {
    held: "stored",
    about: "Checksums of passwords and codes, and what each may be used for.",
  },
  "user.preferences": { held: "stored", about: "What a person has set: quotas, rules, choices." },
  "user.contacts.hashed": { held: "stored", about: "Keyed hashes of addresses that a person has rules for." },
  "user.contacts.sealed": { held: "stored", about: "Addresses that a person has rules for, sealed." },
  "user.keys.public": { held: "stored", about: "The public keys that mail is sealed to." },
  "user.keys.wrapped": { held: "stored", about: "Private keys, wrapped so that only a sign-in opens them." },
  "user.communications.metadata": { held: "stored", about: "Sizes, dates, flags and counts of messages." },
  "user.communications.hashed": {
    held: "stored",
    about: "Keyed hashes of message ids, which hold threads together.",
  },
  "user.content.private.sealed": {
    held: "stored",
    about: "Messages and their index, sealed to their reader.",
  },

  "user.content.private.mail": {
    held: "passing",
    about: "Mail in plain text: on arrival and in a live session.",
  },
  "user.communications.envelope": {
    held: "passing",
    about: "What else a server says of a message that it hands over.",
  },
  "user.communications.domain": {
    held: "passing",
    about: "Domain names and addresses of machines that a message names.",
  },
  "user.device.ip_address": { held: "passing", about: "The network address of a machine that connects." },
} as const satisfies { readonly [key: string]: CategoryEntry }

export type Category = keyof typeof categories

/** Every prefix of a category, the category itself included. */
export type Above<C extends string> = C extends `${infer Head}.${infer Tail}`
  ? Head | `${Head}.${Above<Tail>}`
  : C
export type CategoryOrAbove = Above<Category>

export function isCategory(key: string): key is Category {
  return Object.hasOwn(categories, key)
}
