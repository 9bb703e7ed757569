/**
 * Serves the commands of a client that has signed in, but for those that change the connection itself: each is given
 * what it needs.
 */
import type { Command, SearchKey } from "@letterkeep/imap"
import { openFirst, signedInAlready } from "./answers.ts"
import { create, remove, rename, subscribe } from "./commands/edit-mailboxes.ts"
import { enable } from "./commands/enable.ts"
import { list } from "./commands/list.ts"
import { lsub } from "./commands/lsub.ts"
import { namespace } from "./commands/namespace.ts"
import { getQuota, getQuotaRoot, setQuota } from "./commands/quota.ts"
import { status } from "./commands/status.ts"
import type { Answer, Out, SelectedMailbox, Selecting, Visit } from "./handler.ts"

/** What the connection serves itself, in any state. */
export type OwnCommand = Extract<
  Command,
  { name: "CAPABILITY" | "ID" | "LOGOUT" | "COMPRESS" | "IDLE" | "STARTTLS" }
>
export type VisitCommand = Exclude<Command, OwnCommand>

/** A client that has signed in, and the mailbox that it has open. */
export interface Desk {
  readonly visit: Visit
  selected: SelectedMailbox | undefined
}

export interface DeskParts {
  readonly selecting: Selecting
  /** Octets of the largest message that is taken. */
  readonly appendLimit: number
}

export async function serveVisit(
  desk: Desk,
  { selecting, appendLimit }: DeskParts,
  command: VisitCommand,
  tag: string,
  out: Out,
): Promise<Answer> {
  const { visit, selected } = desk
  switch (command.name) {
    case "NOOP":
      return { kind: "ok", text: "Done" }
    case "LOGIN":
    case "AUTHENTICATE":
      return signedInAlready
    case "ENABLE":
      return enable(visit.enabled, command.capabilities, selected !== undefined, out)
    case "NAMESPACE":
      return namespace(out)
    case "LIST":
      return await list(visit, command.question, appendLimit, out)
    case "LSUB":
      return await lsub(visit, command.reference, command.pattern, out)
    case "STATUS":
      return await status(visit, command.mailbox, command.items, appendLimit, out)
    case "CREATE":
      return await create(visit, command)
    case "DELETE":
      return await remove(visit, command)
    case "RENAME":
      return await rename(visit, command)
    case "SUBSCRIBE":
    case "UNSUBSCRIBE":
      return await subscribe(visit, command)
    case "GETQUOTA":
      return await getQuota(visit, command, out)
    case "GETQUOTAROOT":
      return await getQuotaRoot(visit, command, out)
    case "SETQUOTA":
      return setQuota()
    case "APPEND":
      return await selecting.append(visit, command)
    case "SELECT":
    case "EXAMINE": {
      desk.selected = undefined
      // RFC 9051 §7.1, RFC 7162 §3.2.11: what follows is of the new one.
      if (selected !== undefined) out.write("* OK [CLOSED] The mailbox that was open is closed\r\n")
      const done = await selecting.select(visit, command, out)
      if (done.kind === "selected") desk.selected = done.mailbox
      return done.answer
    }
    case "CLOSE":
    case "UNSELECT":
      return await leaveMailbox(desk, command.name)
    case "CHECK":
    case "EXPUNGE":
    case "SEARCH":
    case "SORT":
    case "THREAD":
    case "FETCH":
    case "STORE":
    case "COPY":
    case "MOVE":
    case "REPLACE":
      return selected === undefined ? openFirst : await selected.serve(command, out, tag)
  }
}

/** RFC 9051 §6.4.1, §6.4.2: the one removes what is marked deleted, the other does not. */
async function leaveMailbox(desk: Desk, how: "CLOSE" | "UNSELECT"): Promise<Answer> {
  const { selected } = desk
  if (selected === undefined) return openFirst
  if (how === "CLOSE" && !selected.readOnly) await selected.expungeQuietly()
  desk.selected = undefined
  return { kind: "ok", text: "Closed" }
}

/** RFC 9051 §7.5.1: message numbers stay what they are while a command speaks of them. */
export function mayTellExpunges(command: Command): boolean {
  switch (command.name) {
    case "FETCH":
    case "STORE":
      return command.messages.uid
    case "SEARCH":
    case "SORT":
    case "THREAD":
      // RFC 7162 §3.2.10.2: the answer speaks of UIDs, but its question may not.
      return command.question.uid && !speaksOfNumbers(command.question.key)
    default:
      return true
  }
}

/** Recursion is bounded by the reader's limit on nested keys. */
function speaksOfNumbers(key: SearchKey): boolean {
  switch (key.kind) {
    case "numbers":
      return key.set.kind === "ranges"
    case "and":
      return key.keys.some(speaksOfNumbers)
    case "or":
      return speaksOfNumbers(key.either) || speaksOfNumbers(key.other)
    case "not":
      return speaksOfNumbers(key.key)
    default:
      return false
  }
}

/** A mailbox that has just been opened has told all, and who goes wants to hear no more. */
export function asksForNews({ name }: Command): boolean {
  return name !== "SELECT" && name !== "EXAMINE" && name !== "LOGOUT"
}

/** After these the client wants to know what there is now, told of or not. */
export function looksForNews(command: Command): boolean {
  switch (command.name) {
    case "NOOP":
    case "CHECK":
    case "APPEND":
    case "COPY":
    case "MOVE":
    case "REPLACE":
    case "EXPUNGE":
      return true
    // What it did not find may have gone; by number, the open mailbox looks itself before it answers.
    case "SEARCH":
    case "SORT":
    case "THREAD":
      return command.question.uid
    default:
      return false
  }
}
