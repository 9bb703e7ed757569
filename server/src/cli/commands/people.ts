/** Accounts and what belongs to them, and a person's mail. */
import { type CliCommand, passwordStdin, reason } from "../cli-command.ts"

export const peopleCommands: readonly CliCommand[] = [
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
]
