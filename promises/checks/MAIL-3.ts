import { after, before, describe, test } from "node:test"
import type { Mutation } from "../check-file.ts"
import { imapTrials } from "../mail-programs/imap.ts"
import { type Library, openLibrary } from "../mail-programs/library.ts"
import { pop3Trials } from "../mail-programs/pop3.ts"

/**
 * MAIL-3, in part: a mail program reads, lists, finds, keeps and is told over IMAP, and fetches and deletes over
 * POP3, with what came in over SMTP. JMAP is missing.
 */
export const mutations: readonly Mutation[] = [
  {
    name: "IMAP takes a password in plain text",
    file: "server/src/doors/imap/sign-in.ts",
    find: "if (!passwords) return outcomeOf",
    replace: 'if (!passwords && user === "") return outcomeOf',
    why: "whoever listens on the way would have the password",
  },
  {
    name: "IMAP gives a part from the next octet on",
    file: "server/src/doors/imap/selected/fetch/locate.ts",
    find: "Math.min(span.to, span.from + partial.offset)",
    replace: "Math.min(span.to, span.from + partial.offset + 1)",
    why: "a program that fetches by parts would put a broken message together",
  },
  {
    name: "IMAP lets an idling program wait",
    file: "server/src/doors/imap/commands/idle.ts",
    find: 'if (event === "news") await tellNews()',
    replace: 'if (event === "news") continue',
    why: "new mail would show when the program asks next",
  },
  {
    name: "IMAP leaves out what the index finds",
    file: "server/src/messages/search/narrow.ts",
    find: "work.finder.ofEmails(found.sure).and(among)",
    replace: "work.finder.ofEmails(found.sure).and(Places.none(among.size))",
    why: "mail that is there would not be found",
  },
  {
    name: "IMAP takes what may match for what matches",
    file: "server/src/messages/search/search.ts",
    find: ".or(opened)",
    replace: ".or(maybe)",
    why: "a search would find mail that has nothing of what is looked for",
  },
  {
    name: "IMAP keeps the first of several flags",
    file: "server/src/doors/imap/selected/store.ts",
    find: "{ change, keywords: flags.keywords, deleted",
    replace: "{ change, keywords: flags.keywords.slice(0, 1), deleted",
    why: "what was read or marked would not be, for the next program",
  },
  {
    name: "IMAP forgets the date that a program gives",
    file: "server/src/doors/imap/selected/new-message.ts",
    find: "receivedAt: internalDate",
    replace: "receivedAt: undefined",
    why: "mail that is moved here from elsewhere would all be of today",
  },
  {
    name: "IMAP keeps quiet about what has gone",
    file: "server/src/doors/imap/selected/vanished-since.ts",
    find: "changes.complete ? runsOf(changes.vanished)",
    replace: "changes.complete ? runsOf([])",
    why: "a program that comes back would show mail for ever that was deleted elsewhere",
  },
  {
    name: "POP3 deletes at once",
    file: "server/src/doors/pop3/commands/dele.ts",
    find: "{ line, maildrop }: Visit",
    replace: "{ line, maildrop, mail }: Visit",
    also: [
      {
        file: "server/src/doors/pop3/commands/dele.ts",
        find: "if (found !== undefined) maildrop.mark(found)",
        replace: [
          "if (found !== undefined) {",
          "const one = [{ first: found.uid, last: found.uid }]",
          'await mail.store(maildrop.mailbox, one, { change: "add", keywords: [], deleted: true })',
          "await mail.expunge(maildrop.mailbox, one)",
          "}",
        ].join("\n"),
      },
    ],
    why: "a connection that breaks would take mail along that was never fetched",
  },
  {
    name: "POP3 keeps what was deleted",
    file: "server/src/doors/pop3/commands/quit.ts",
    find: "await mail.expunge(maildrop.mailbox, uids)",
    replace: "await Promise.resolve()",
    why: "the maildrop would never be empty",
  },
  {
    name: "POP3 names messages by their number of today",
    file: "server/src/doors/pop3/commands/uidl.ts",
    find: "uniqueId(uidValidity, uid)",
    replace: "uniqueId(uidValidity, number)",
    why: "after a deletion programs would fetch mail twice, and other mail never",
  },
  {
    name: "POP3 sends a lone dot as it is",
    file: "packages/pop3/src/dot-stuffer.ts",
    find: "out.push(dot)",
    replace: "out.push(dot.subarray(1))",
    why: "a message with a line of one dot would end there",
  },
]

let library: Library

function checks(): void {
  before(async () => {
    library = await openLibrary()
  })
  after(async () => {
    await library?.house.close()
  })
  // registered here, so that they count for this file
  for (const { name, run } of [...imapTrials, ...pop3Trials]) test(name, () => run(library))
}

if (import.meta.main) describe("MAIL-3, any mail program", checks)
