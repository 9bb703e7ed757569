/** CREATE, DELETE, RENAME, SUBSCRIBE and UNSUBSCRIBE (RFC 9051 §6.3.4 to §6.3.8): one change of the account's mailboxes each. */
import { type CommandOf, mailboxNameOf } from "@letterkeep/imap"
import { type MailboxEdit, mailboxObjectId } from "../../../messages/index.ts"
import { type Answer, namesAreUtf8, type Visit } from "../handler.ts"

import { noSuchName } from "./find-mailbox.ts"
import { roleOfUse, type SpecialRole } from "./list-tree.ts"

type Editing = Pick<Visit, "mail" | "enabled">

export async function create(visit: Editing, { mailbox, use }: CommandOf<"CREATE">): Promise<Answer> {
  const name = read(visit, mailbox)
  if (name === undefined) return noSuchName
  const role = roleOf(use)
  if (role === "unknown") return useRefused
  const done = await visit.mail.createMailbox(name, role)
  // RFC 8474 §4.1
  return done.kind === "done"
    ? { kind: "ok", code: `MAILBOXID (${mailboxObjectId(done.id)})`, text: "The mailbox is made" }
    : refusal(done)
}

export async function remove(visit: Editing, { mailbox }: CommandOf<"DELETE">): Promise<Answer> {
  const name = read(visit, mailbox)
  return name === undefined ? noSuchName : answer(await visit.mail.deleteMailbox(name), "The mailbox is gone")
}

export async function rename(visit: Editing, { from, to }: CommandOf<"RENAME">): Promise<Answer> {
  const [was, becomes] = [read(visit, from), read(visit, to)]
  if (was === undefined || becomes === undefined) return noSuchName
  return answer(await visit.mail.renameMailbox(was, becomes), "The mailbox has its new name")
}

export async function subscribe(
  visit: Editing,
  { name: verb, mailbox }: CommandOf<"SUBSCRIBE" | "UNSUBSCRIBE">,
): Promise<Answer> {
  const name = read(visit, mailbox)
  if (name === undefined) return noSuchName
  const wanted = verb === "SUBSCRIBE"
  const done = await visit.mail.subscribe(name, wanted)
  // RFC 9051 §6.3.8: OK also where it is not subscribed, there or not.
  if (!wanted && done.kind === "refused" && done.why === "no-such-mailbox")
    return { kind: "ok", text: "It was not subscribed" }
  return answer(done, wanted ? "Subscribed" : "No longer subscribed")
}

function read({ enabled }: Editing, wire: string): string | undefined {
  return mailboxNameOf(wire, namesAreUtf8(enabled))
}

/** RFC 6154 §3: a mailbox has one use here. */
function roleOf(use: readonly string[]): SpecialRole | undefined | "unknown" {
  const [only, ...more] = use
  if (only === undefined) return undefined
  return (more.length === 0 ? roleOfUse(only) : undefined) ?? "unknown"
}

const useRefused: Answer = {
  kind: "no",
  code: "USEATTR", // RFC 6154 §3
  text: "A mailbox can have one of the uses \\Archive, \\Drafts, \\Junk, \\Sent and \\Trash",
}

function answer(done: MailboxEdit, text: string): Answer {
  return done.kind === "done" ? { kind: "ok", text } : refusal(done)
}

/** RFC 9051 §7.1, RFC 5530 §3. */
const codes = {
  exists: "ALREADYEXISTS",
  "no-such-mailbox": "NONEXISTENT",
  "bad-name": "CANNOT",
  "not-allowed": "CANNOT",
  "too-many": "LIMIT",
  "use-taken": "USEATTR",
} as const satisfies { readonly [why in Extract<MailboxEdit, { kind: "refused" }>["why"]]: string }

function refusal({ why, sentence }: Extract<MailboxEdit, { kind: "refused" }>): Answer {
  return { kind: "no", code: codes[why], text: sentence }
}
