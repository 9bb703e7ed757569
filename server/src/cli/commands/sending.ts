/** Mail that goes out. */
import { type CliCommand, passwordStdin, reason } from "../cli-command.ts"

export const sendingCommands: readonly CliCommand[] = [
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
    takes: ["address"],
    mayTake: "mail",
    options: { ...passwordStdin, all: "flag" },
    stdin: ["password"],
    does: "signs in and takes a message back, before its time to go has come; --all: all that waits, as after a stolen password",
  },
  {
    words: "sent",
    takes: ["address"],
    options: { ...passwordStdin, mail: "text", before: "text", after: "text" },
    stdin: ["password"],
    does: "signs in and says what waits for its time, and what became of the last 100 other messages; --mail ID: all that happened to one",
  },
  { words: "queue", takes: [], does: "says how much mail waits to be sent, and since when" },
]
