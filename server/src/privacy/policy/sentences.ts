import type { Feature } from "./facts.ts"

/**
 * What the policy says in prose, beside the tables: each sentence under an id that stays, with the promises whose
 * checks prove it. Only what exists today stands here, and what is switched off does not appear.
 */
export interface Sentence {
  readonly id: string
  readonly section: SectionId
  readonly text: string
  readonly promises: readonly string[]
  /** All of these have to be on; none: always. */
  readonly needs: readonly Feature[]
}

/** In the order of the page; the tables fill "collected", "purposes", "recipients" and "cookies". */
export const sections = {
  operator: "Who runs this server",
  short: "In short",
  collected: "What is collected, and how long it is kept",
  purposes: "What it is used for",
  recipients: "Who else gets it",
  where: "Where it lies",
  rights: "Your rights",
  choices: "Your choices",
  cookies: "Cookies",
  changes: "Changes of this policy",
} as const

export type SectionId = keyof typeof sections

export const sentences: readonly Sentence[] = [
  {
    id: "short.sealed",
    section: "short",
    text: "Your messages are sealed to a key that only your own sign-in opens. As they lie on the disk, nobody can read them without it: not the operator, and not whoever takes the disk.",
    promises: ["SEC-2", "MAIL-8"],
    needs: [],
  },
  {
    id: "short.plain",
    section: "short",
    text: "Plain text exists while a message arrives and while you are signed in; and the running server can open mail that came today, until the day (UTC) ends.",
    promises: [],
    needs: [],
  },
  {
    id: "short.one-gate",
    section: "short",
    text: "The program opens personal data for the purposes below and for no other: this page and the program are made from the same rules.",
    promises: ["POL-1"],
    needs: [],
  },
  {
    id: "short.one-way-out",
    section: "short",
    text: "Personal data leaves this server for the recipients below alone.",
    promises: ["SHARE-1"],
    needs: [],
  },
  {
    id: "short.never-sold",
    section: "short",
    text: "Personal data is never sold, rented or lent, nor used for anybody's advertising. There is no purpose for it.",
    promises: ["SHARE-2"],
    needs: [],
  },
  {
    id: "short.not-by-itself",
    section: "short",
    text: "Nothing sends your messages anywhere by itself.",
    promises: ["CHOICE-4"],
    needs: [],
  },
  {
    id: "short.decided-by-rules",
    section: "short",
    text: "Whether a message is refused or put into the junk mailbox is decided by fixed rules about its sender: who sent it, what the sender's domain asks for, and what you have allowed or blocked. The message says why. Nobody is profiled.",
    promises: [],
    needs: ["smtp", "checks"],
  },
  {
    id: "collected.needed",
    section: "collected",
    text: "An account needs an address and a password. All else comes with the mail that others send you, or is yours to give.",
    promises: [],
    needs: [],
  },
  {
    id: "collected.log",
    section: "collected",
    text: "The server's log holds ids, sizes and times, and, where somebody misuses the server, the network that they came from (IPv4 /24, IPv6 /48): no address of a person, no subject, no content. How long it is kept is the operator's decision.",
    promises: [],
    needs: [],
  },
  {
    id: "where.given-database",
    section: "where",
    text: "The data lies in a database that the operator has chosen, perhaps on another machine: where this page says “this server”, that database is meant too.",
    promises: [],
    needs: ["given-database"],
  },
  {
    id: "where.moves",
    section: "where",
    text: "From there it goes to the recipients above and to nobody else, and to no country that is not declared with its ground.",
    promises: ["POL-6"],
    needs: [],
  },
  {
    id: "rights.take-along",
    section: "rights",
    text: "You can read all your mail, and take a copy of it along, with any mail program by IMAP.",
    promises: ["MAIL-3"],
    needs: ["imap"],
  },
  {
    id: "rights.take-along-pop3",
    section: "rights",
    text: "Programs that only fetch can take a copy of your inbox by POP3.",
    promises: ["MAIL-3"],
    needs: ["pop3"],
  },
  {
    id: "rights.delete-mail",
    section: "rights",
    text: "A message that you delete is gone from the database at once. Its words leave your sealed index when that part of it is next written anew.",
    promises: [],
    needs: ["imap"],
  },
  {
    id: "rights.ledger",
    section: "rights",
    text: "What recipients were told and what staff looked at stands in a ledger that only grows and that anybody can check. With your password you can have a file of what it says of you, with proofs.",
    promises: ["SHARE-1"],
    needs: [],
  },
  {
    id: "rights.staff",
    section: "rights",
    text: "Staff see nothing of what is in your mail. What else of yours they see, they see for a reason that they have to give. Each look stands in your ledger with its reason. A message to you tells it at once: one a day for each kind of look and reason, five a day for one kind; further ones of that day are in the ledger alone.",
    promises: ["SEC-1"],
    needs: [],
  },
  {
    id: "rights.law",
    section: "rights",
    text: "Where the GDPR applies to you, you may ask the operator for a copy of your data, and to have it corrected, deleted, restricted or handed over; you may object to what rests on a legitimate interest; and you may complain to a supervisory authority. This server has no page for such a request yet: write to the operator.",
    promises: [],
    needs: [],
  },
  {
    id: "choices.signal",
    section: "choices",
    text: "A browser that sends Global Privacy Control is taken at its word: nothing of its user is sold or shared. Nothing is, of anybody, so nothing else changes for you.",
    promises: [],
    needs: ["http"],
  },
  {
    id: "choices.history",
    section: "choices",
    text: "Each choice that you make is kept with what you chose, when, and the words that you were shown.",
    promises: ["CHOICE-5"],
    needs: [],
  },
  {
    id: "changes.versions",
    section: "changes",
    text: "Every version that this server has published stays readable, and any two can be compared.",
    promises: ["POL-4"],
    needs: [],
  },
]
