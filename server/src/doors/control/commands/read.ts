import { mboxEntry } from "@letterkeep/mbox"
import { decodeWords } from "@letterkeep/mime"
import { z } from "zod"
import {
  type ListedMessage,
  listMailboxes,
  listMessages,
  newestEmail,
  openBody,
  type SealedIndex,
} from "../../../messages/index.ts"
import type { People, SignedInAccount } from "../../../people/index.ts"
import { mailAddress, type Permit, type Privacy, secret } from "../../../privacy/index.ts"
import type { MailboxId, Store } from "../../../store/index.ts"
import type { Telling } from "../../../telling/index.ts"
import type { VaultSession, Vaults } from "../../../vaults/index.ts"
import { orRefuse } from "../answers.ts"
import { type ControlCall, type ControlResult, command } from "../command.ts"
import { plain } from "./plain.ts"

interface ReadParts {
  readonly sealedIndex: Pick<SealedIndex, "forSession">
  readonly people: People
  readonly privacy: Privacy
  readonly store: Store
  readonly vaults: Vaults
  readonly telling: Pick<Telling, "onChange">
}

type MayRead = Permit<"mail.read">

/** Rows that a list shows to a person; a program gets all. */
const listLimit = 100_000
/** Octets of one piece on the way to the client. */
const pieceBytes = 256 * 1024

export const readCommands = (parts: ReadParts) => [
  command(
    "read",
    z.object({
      address: z.string().max(1000),
      password: z.string().max(4096),
      raw: z.boolean().default(false),
      follow: z.boolean().default(false),
    }),
    async (input, call) => {
      const { session, account } = orRefuse(
        await parts.people.signIn(mailAddress(input.address), secret(input.password), "control"),
      )
      try {
        if (input.follow) return await follow(parts, session, account, call)
        if (input.raw) return await writeMbox(parts, session, account, call)
        const subject = { kind: "account", account: account.id } as const
        return await parts.privacy.gate("mail.read", subject, permit => list(parts, permit, session, call))
      } finally {
        session.close()
      }
    },
  ),
]

async function list(
  parts: ReadParts,
  permit: MayRead,
  session: VaultSession,
  call: ControlCall,
): Promise<ControlResult> {
  const names = await mailboxNames(parts, session, permit)
  const messages: Described[] = []
  for await (const message of listMessages(parts, session)) {
    call.signal.throwIfAborted()
    messages.push(describe(message, permit, names))
    if (messages.length === listLimit) {
      call.progress(`these are the first ${listLimit} messages; --raw gives all`)
      break
    }
  }
  return {
    text: messages.length === 0 ? "no mail yet" : messages.map(lineOf).join("\n"),
    value: { messages },
  }
}

async function mailboxNames(
  parts: ReadParts,
  session: VaultSession,
  permit: Permit<"mail.read">,
): Promise<ReadonlyMap<MailboxId, string>> {
  const rows = await listMailboxes(parts.store.sql, parts.vaults, session.account)
  return new Map(rows.map(({ id, name }) => [id, name.open(permit)]))
}

/** What comes from now on, as it comes, until the client goes or the sign-in ends. */
async function follow(
  parts: ReadParts,
  session: VaultSession,
  account: SignedInAccount,
  call: ControlCall,
): Promise<ControlResult> {
  const subject = { kind: "account", account: account.id } as const
  let wake = Promise.withResolvers<void>()
  const woken = (): void => wake.resolve()
  const stop = parts.telling.onChange(account.id, woken)
  call.signal.addEventListener("abort", woken)
  try {
    let seen = await newestEmail(parts.store, account.id)
    call.progress("waiting for mail; Ctrl+C ends it")
    while (!call.signal.aborted && (await parts.people.isStillSignedIn(account))) {
      await parts.privacy.gate("mail.read", subject, async permit => {
        const names = await mailboxNames(parts, session, permit)
        const came = { after: seen, upTo: await newestEmail(parts.store, account.id) }
        for await (const message of listMessages(parts, session, came))
          await call.bytes(Buffer.from(`${lineOf(describe(message, permit, names))}\n`))
        seen = came.upTo
      })
      await wake.promise
      wake = Promise.withResolvers()
    }
    return { text: "", value: {} }
  } finally {
    stop()
    call.signal.removeEventListener("abort", woken)
  }
}

type Described = ReturnType<typeof describe>

function lineOf({ mailbox, uid, receivedAt, from, subject, reasons }: Described): string {
  const at = receivedAt.slice(0, 16).replace("T", " ")
  return [
    `${plain(mailbox).padEnd(8)} ${String(uid).padStart(5)}  ${at}  ${from}`,
    `${"".padEnd(16)}${subject}`,
    ...(mailbox === "Junk" ? reasons.map(reason => `${"".padEnd(16)}  why: ${plain(reason)}`) : []),
  ].join("\n")
}

const locked = "(locked: it came before the password was reset)"

function describe(
  { summary: sealed, ...message }: ListedMessage,
  permit: MayRead,
  names: ReadonlyMap<MailboxId, string>,
) {
  const summary = sealed?.open(permit)
  const fields = summary?.fields()
  const screening = summary?.screening()
  const show = (text = ""): string => plain(decodeWords(text))
  return {
    mailbox: names.get(message.mailbox) ?? "",
    uid: message.uid,
    email: message.email,
    thread: message.thread,
    modseq: message.modseq,
    size: message.size,
    receivedAt: message.receivedAt.toISOString(),
    keywords: message.keywords,
    from: fields === undefined ? locked : show(fields.from ?? ""),
    to: fields === undefined ? locked : show(fields.to ?? ""),
    subject: fields === undefined ? locked : show(fields.subject ?? ""),
    messageId: fields?.["message-id"] ?? "",
    preview: summary?.preview ?? "",
    verdict: screening?.kind ?? "",
    reasons: screening?.reasons.map(reason => reason.sentence) ?? [],
  }
}

/**
 * All mail as one mboxrd. A message at a time, under a permit of its own: a slow reader may take as long as it likes,
 * and holds no connection to the database while it does.
 */
async function writeMbox(
  parts: ReadParts,
  session: VaultSession,
  account: SignedInAccount,
  call: ControlCall,
): Promise<ControlResult> {
  const subject = { kind: "account", account: account.id } as const
  let written = 0
  let skipped = 0
  for await (const message of listMessages(parts, session)) {
    if (message.summary === undefined) {
      skipped++
      continue
    }
    const pieces = await parts.privacy.gate("mail.read", subject, async permit => {
      const chunks: Buffer[] = []
      for await (const chunk of openBody(parts.store, session, message.body)) chunks.push(chunk.open(permit))
      const body = Buffer.concat(chunks)
      return mboxEntry({ sender: senderOf(body), receivedAt: message.receivedAt.getTime() }, body)
    })
    for (const piece of pieces)
      for (let at = 0; at < piece.length; at += pieceBytes)
        await call.bytes(piece.subarray(at, at + pieceBytes))
    written++
  }
  const text = skipped === 0 ? "" : `${skipped} messages from before the password was reset stayed locked`
  if (text !== "") call.progress(text)
  return { text: "", value: { written, skipped } }
}

/** Return-Path is the first line that was written above a message. */
function senderOf(body: Buffer): string {
  return /^Return-Path: <([^>\r\n]*)>/.exec(body.toString("latin1", 0, 1000))?.[1] ?? ""
}
