import type { HereCommand } from "./here.ts"

/**
 * What `./letterkeep` understands. Each line gives the words that choose a command, its arguments in order,
 * its options, and what it reads on standard input, line by line: secrets come from nowhere else.
 */
export interface CliCommand {
  readonly words: string
  readonly takes: readonly string[]
  readonly options?: Readonly<Record<string, OptionKind>>
  /** Lines wanted on standard input, in this order. */
  readonly stdin?: readonly string[]
  /** An argument that names a file: its text is sent in its place, under another name. */
  readonly reads?: { readonly argument: string; readonly as: string }
  /** The command whose text is shown first, asked with the same arguments; its value goes with them. */
  readonly first?: string
  /** Done by the client alone: no server is asked. */
  readonly here?: HereCommand
  readonly does: string
}

/** `login`: text; without it the login name of whoever calls. `file`: where the client writes what comes; needed, and never told to the server. */
export type OptionKind = "flag" | "text" | "list" | "login" | "file"

const passwordStdin = { "password-stdin": "flag" } as const
/** Why an operator is shown or changes what is a person's, and which of them. The server refuses it without. */
const reason = { reason: "text", by: "login" } as const

const asScript = { argument: "file", as: "script" } as const

export const cliCommands: readonly CliCommand[] = [
  { words: "org add", takes: ["name"], does: "makes an organisation" },
  {
    words: "domain add",
    takes: ["domain"],
    options: { org: "text" },
    does: "takes mail for a domain; --org NAME when there are several organisations",
  },
  {
    words: "dns",
    takes: ["domain"],
    options: { zone: "flag", watch: "text" },
    does: "lists what has to be in the DNS for a domain, and says what is wrong there; --watch MINUTES: what changes",
  },
  {
    words: "dkim list",
    takes: ["domain"],
    does: "shows the keys that sign a domain's mail, and their records",
  },
  {
    words: "dkim rotate",
    takes: ["domain"],
    options: { now: "flag" },
    does: "makes new keys, used from when their records are in the DNS; --now: at once",
  },
  {
    words: "dkim revoke",
    takes: ["domain", "selector"],
    does: "ends a key at once that somebody else may know",
  },
  {
    words: "dmarc",
    takes: ["domain"],
    options: { days: "text" },
    does: "says who sent mail in a domain's name, as other servers report it, and what p=reject would do; --days 30",
  },
  {
    words: "tls-reports",
    takes: ["domain"],
    options: { days: "text" },
    does: "says how others reached a domain's mail servers over TLS, as they report it; --days 30",
  },
  {
    words: "account add",
    takes: ["address"],
    options: passwordStdin,
    stdin: ["password"],
    does: "opens an account and shows its recovery code, once",
  },
  {
    words: "account list",
    takes: [],
    options: { ...reason, after: "text" },
    does: "shows who has an account, 100 at a time, and how large; each of them is told, with the reason",
  },
  {
    words: "account show",
    takes: ["address"],
    options: reason,
    does: "shows addresses, sign-ins and size of an account, never its mail; the person is told, with the reason",
  },
  {
    words: "account password",
    takes: ["address"],
    stdin: ["current", "password"],
    does: "changes a password: the current one, then the new one on standard input",
  },
  {
    words: "account recover",
    takes: ["address"],
    stdin: ["code", "password"],
    does: "sets a new password with the recovery code; old mail stays readable",
  },
  {
    words: "account recovery-code",
    takes: ["address"],
    stdin: ["current"],
    does: "makes a new recovery code and shows it, once: the current password on standard input",
  },
  {
    words: "account reset",
    takes: ["address"],
    options: reason,
    stdin: ["password"],
    does: "sets a new password as administrator; old mail waits for recovery code or old password; the person is told",
  },
  {
    words: "account reopen",
    takes: ["address"],
    stdin: ["current", "old"],
    does: "opens the mail from before a reset: the present password, then the one from before it",
  },
  {
    words: "account export",
    takes: ["address"],
    does: "cannot be done without the person's sign-in; says what can",
  },
  {
    words: "account quota",
    takes: ["address", "size"],
    options: reason,
    does: "how much mail an account may hold: 500MB, 10GB, none; the person is told, with the reason",
  },
  {
    words: "alias add",
    takes: ["alias", "address"],
    options: reason,
    does: "lets an account receive under a further address; the person is told, with the reason",
  },
  {
    words: "app-password add",
    takes: ["address"],
    options: { label: "text", protocols: "list" },
    stdin: ["current"],
    does: "makes a password for one program: --label NAME --protocols imap,pop3,submission",
  },
  {
    words: "rule add",
    takes: ["address", "action", "pattern"],
    options: reason,
    does: "allow or block a sender (a@b.example, @b.example) for an account; the person is told, with the reason",
  },
  {
    words: "read",
    takes: ["address"],
    options: { ...passwordStdin, raw: "flag", follow: "flag" },
    stdin: ["password"],
    does: "signs in and lists the mail; --raw: all of it as mboxrd; --follow: what comes from now on",
  },
  {
    words: "mail show",
    takes: ["address"],
    does: "cannot be done without the person's sign-in; says what can",
  },
  {
    words: "filter set",
    takes: ["address", "file"],
    options: { ...passwordStdin, name: "text" },
    reads: asScript,
    stdin: ["password"],
    does: "sets the mail filter in FILE and puts it to work; --name NAME where there are several",
  },
  {
    words: "filter try",
    takes: ["address", "file"],
    options: { ...passwordStdin, last: "text" },
    reads: asScript,
    stdin: ["password"],
    does: "says what a filter would have done with the last 200 messages, and why; changes nothing",
  },
  {
    words: "filter list",
    takes: ["address"],
    options: passwordStdin,
    stdin: ["password"],
    does: "says which filters a person has, and which one is at work",
  },
  {
    words: "filter show",
    takes: ["address"],
    options: { ...passwordStdin, name: "text" },
    stdin: ["password"],
    does: "shows the filter that is at work, or the one of that name",
  },
  {
    words: "filter use",
    takes: ["address", "name"],
    options: passwordStdin,
    stdin: ["password"],
    does: "puts another filter to work",
  },
  {
    words: "filter off",
    takes: ["address"],
    options: passwordStdin,
    stdin: ["password"],
    does: "lets no filter run on what comes",
  },
  {
    words: "filter remove",
    takes: ["address", "name"],
    options: passwordStdin,
    stdin: ["password"],
    does: "removes a filter",
  },
  {
    words: "filter stop",
    takes: ["address"],
    options: reason,
    does: "stops the filter of somebody else, without seeing it; the person is told, with the reason",
  },
  {
    words: "choices",
    takes: ["address"],
    options: reason,
    does: "shows what a person has chosen, and every choice that they made; the person is told, with the reason",
  },
  {
    words: "choice set",
    takes: ["address", "choice", "answer"],
    options: passwordStdin,
    stdin: ["password"],
    first: "choice.ask",
    does: "asks a person who signs in, and keeps the answer with the words: sell-or-share yes, or no",
  },
  {
    words: "staff list",
    takes: [],
    does: "says who of those who run this server may be shown what is a person's, and until when",
  },
  {
    words: "staff agree",
    takes: ["name"],
    options: { fields: "list", until: "text" },
    does: "binds somebody who runs this server, a year at most; --until 2027-06-30",
  },
  { words: "staff end", takes: ["name"], does: "ends that: they are shown nothing any more" },
  {
    words: "recipients list",
    takes: [],
    does: "says whom this server tells what, and how long that is agreed",
  },
  {
    words: "recipients agree",
    takes: ["recipient"],
    options: { purposes: "list", fields: "list", country: "text", until: "text" },
    does: "agrees with a recipient, at most what the policy declares; --until 2027-12-31",
  },
  { words: "recipients end", takes: ["recipient"], does: "ends an agreement: nothing goes there any more" },
  {
    words: "ledger verify",
    takes: [],
    does: "recomputes the whole ledger from its rows, and says what is wrong with it",
  },
  {
    words: "ledger export",
    takes: ["address"],
    options: { ...passwordStdin, out: "file" },
    stdin: ["password"],
    does: "signs in and writes what the ledger says of the person, with proofs, into FILE",
  },
  {
    words: "sieve check",
    takes: ["file"],
    here: "sieve-check",
    does: "says whether a mail filter in FILE is right, and where it is wrong",
  },
  {
    words: "sieve try",
    takes: ["file", "message"],
    options: { from: "text", to: "text" },
    here: "sieve-try",
    does: "says what a filter would do with a message in a file, and why; does none of it",
  },
  {
    words: "certificate",
    takes: [],
    options: { renew: "flag", "new-key": "flag" },
    does: "says which certificate is in force and how it is renewed; --renew does so now, --new-key with another key",
  },
  {
    words: "queue list",
    takes: [],
    options: { ...reason, after: "text" },
    does: "shows the mail that waits to be sent, the oldest 100; each sender is told, with the reason",
  },
  {
    words: "queue show",
    takes: ["mail"],
    options: reason,
    does: "shows which domains a waiting message is for, and why they do not take it; its sender is told, with the reason",
  },
  {
    words: "queue hold",
    takes: ["mail"],
    options: reason,
    does: "tries a message no more until it is released; its sender is told, with the reason",
  },
  {
    words: "queue release",
    takes: ["mail"],
    options: reason,
    does: "lets a held message go on; its sender is told, with the reason",
  },
  {
    words: "queue retry",
    takes: ["mail"],
    options: reason,
    does: "tries a waiting message at once; its sender is told, with the reason",
  },
  {
    words: "queue delete",
    takes: ["mail"],
    options: reason,
    does: "takes a message out of the queue: it goes to nobody; its sender is told, with the reason",
  },
  {
    words: "sent undo",
    takes: ["address", "mail"],
    options: passwordStdin,
    stdin: ["password"],
    does: "signs in and takes a message back, before its time to go has come",
  },
  {
    words: "sent",
    takes: ["address"],
    options: { ...passwordStdin, mail: "text" },
    stdin: ["password"],
    does: "signs in and says what became of the last 100 messages that were sent; --mail ID: all that happened to one",
  },
  { words: "queue", takes: [], does: "says how much mail waits to be sent, and since when" },
  { words: "status", takes: [], does: "says what the server is doing" },
  { words: "doctor", takes: [], does: "says what is wrong with this machine, and what to do" },
]
