/** An open mailbox as the connection holds it: each command is handed on to its file. */
import type { CommandOf } from "@letterkeep/imap"
import type { Answer, MailboxCommand, Out, SelectedMailbox } from "../handler.ts"
import { copy } from "./copy.ts"
import { expunge, expungeQuietly } from "./expunge.ts"
import { fetch } from "./fetch/fetch.ts"
import { move } from "./move.ts"
import { tellNews } from "./news.ts"
import { type OpenMailbox, tellHighest } from "./open-mailbox.ts"
import { replace } from "./replace.ts"
import { search } from "./search/search.ts"
import { sort } from "./search/sort.ts"
import { thread } from "./search/thread.ts"
import { store } from "./store.ts"

export function serveMailbox(box: OpenMailbox): SelectedMailbox {
  return {
    id: box.id,
    readOnly: box.readOnly,
    serve: (command, out, tag) => serve(box, command, out, tag),
    changed: modseq => box.known.hear(modseq),
    tellNews: (out, how) => tellNews(box, out, how),
    withoutNews: out => tellHighest(box, out),
    expungeQuietly: () => expungeQuietly(box),
  }
}

async function serve(box: OpenMailbox, command: MailboxCommand, out: Out, tag: string): Promise<Answer> {
  switch (command.name) {
    case "CHECK":
      // RFC 3501 §6.4.1: all is on disk already.
      return { kind: "ok", text: "Checked" }
    case "FETCH":
      return await fetch(box, command, out)
    case "STORE":
      return await store(box, command, out)
    case "SEARCH":
      return await orIssued(box, command, await search(box, command, out, tag), out)
    case "SORT":
      return await orIssued(box, command, await sort(box, command, out, tag), out)
    case "THREAD":
      return await orIssued(box, command, await thread(box, command, out), out)
    case "COPY":
      return await copy(box, command)
    case "MOVE":
      return await move(box, command, out)
    case "EXPUNGE":
      return await expunge(box, command, out)
    case "REPLACE":
      return await replace(box, command, out)
  }
}

/**
 * What has gone is not found, and by number it keeps its number until the client may be told (RFC 9051 §7.5.1): then
 * the answer says that something is missing (RFC 5530 §3). Whoever searches by UID is told what has gone.
 */
async function orIssued(
  box: OpenMailbox,
  { question }: CommandOf<"SEARCH" | "SORT" | "THREAD">,
  answer: Answer,
  out: Out,
): Promise<Answer> {
  if (question.uid || answer.kind !== "ok") return answer
  await tellNews(box, out, { expunges: false, look: true })
  if (!box.known.hasGone) return answer
  return { kind: "ok", code: "EXPUNGEISSUED", text: "Some of the messages have gone meanwhile" }
}
