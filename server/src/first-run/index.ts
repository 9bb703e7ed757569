/** What the first-run page needs done, on the real house. */
import type { Socket } from "node:net"
import { decodeWords, mailboxesOf, messageIds, parseAddressList, scanMessage, textOf } from "@letterkeep/mime"
import type {
  Correspondent,
  Listed,
  OpenedMail,
  PersonField,
  PersonForm,
  SetupService,
  SetupSession,
} from "../doors/http/index.ts"
import { type ListedMessage, listMailboxes, listMessages, openBody } from "../messages/index.ts"
import { countAccounts, type People } from "../people/index.ts"
import type { Clock } from "../ports/clock.ts"
import type { Permit, Privacy } from "../privacy/index.ts"
import type { Store } from "../store/index.ts"
import type { Telling } from "../telling/index.ts"
import type { VaultSession, Vaults } from "../vaults/index.ts"
import { sendTryMail } from "./try-mail.ts"

export interface FirstRunParts {
  readonly people: People
  readonly store: Store
  readonly vaults: Vaults
  readonly privacy: Privacy
  readonly telling: Telling
  /** To this server's SMTP door. */
  readonly connect: () => Promise<Socket>
  readonly clock: Clock
  readonly hostname: string
}

/** Characters of text that the page shows. */
const textLimit = 64 * 1024
const inboxLimit = 50

interface OpenSession extends SetupSession {
  readonly vault: VaultSession
}

export function createFirstRun(parts: FirstRunParts): SetupService {
  // The door hands back what it was given; the vault session behind it stays here.
  const open = new WeakMap<SetupSession, OpenSession>()
  const vaultOf = (session: SetupSession): VaultSession => {
    const found = open.get(session)
    if (found === undefined) throw new Error("a session of another house")
    return found.vault
  }
  const reading = async <T>(
    session: SetupSession,
    work: (permit: MayRead, vault: VaultSession) => Promise<T>,
  ) => {
    const vault = vaultOf(session)
    const subject = { kind: "account", account: vault.account } as const
    return await parts.privacy.gate("mail.read", subject, permit => work(permit, vault))
  }

  return {
    state: async () => ((await countAccounts(parts.store)) === 0 ? "open" : "done"),
    async createFirstPerson(person) {
      const made = await makePerson(parts.people, person, () => countAccounts(parts.store))
      if (made.kind !== "made") return made
      const signedIn = await parts.people.signIn(made.address, person.password, "web")
      if (signedIn.kind !== "signed-in") throw new Error("the first person cannot sign in")
      const session: OpenSession = {
        address: made.address,
        vault: signedIn.session,
        close: () => signedIn.session.close(),
      }
      open.set(session, session)
      return { kind: "created", address: made.address, recoveryCode: made.recoveryCode, session }
    },
    async sendTryMail(session, onStep, signal) {
      const { account } = vaultOf(session)
      const messageId = `${crypto.randomUUID()}@${parts.hostname}`
      const arrived = Promise.withResolvers<void>()
      const stop = parts.telling.onChange(account, () => arrived.resolve())
      try {
        const mail = {
          from: "welcome@letterkeep.localhost",
          to: session.address,
          messageId,
          now: parts.clock.now(),
        }
        const failed = await sendTryMail(parts.connect, mail, onStep, signal)
        if (failed !== undefined) return failed
        // The door's yes came after the commit: what it has been through by then can be told.
        return await reading(session, async (permit, vault) => {
          for await (const message of listMessages(parts.store, vault)) {
            const entry = message.entry?.open(permit)
            if (entry === undefined || !messageIds(entry.envelope["message-id"]).includes(messageId)) continue
            onStep("screened", entry.screening.reasons[0]?.sentence)
            onStep("sealed", `${message.size} bytes, AES-256-GCM`)
            onStep("kept", `UID ${message.uid}`)
            return { kind: "kept", id: String(message.email) } as const
          }
          return {
            kind: "failed",
            step: "kept",
            message: "the mail was accepted but is not in the inbox",
          } as const
        })
      } finally {
        stop()
      }
    },
    inbox: session =>
      reading(session, async (permit, vault) => {
        const names = await mailboxNames(parts, vault)
        const listed: Listed[] = []
        for await (const message of listMessages(parts.store, vault))
          listed.push(show(message, permit, names))
        return listed.sort((a, b) => b.receivedAt - a.receivedAt).slice(0, inboxLimit)
      }),
    open: (session, id) =>
      reading(session, async (permit, vault) => {
        const names = await mailboxNames(parts, vault)
        for await (const message of listMessages(parts.store, vault))
          if (String(message.email) === id) return await openMail(parts, message, permit, vault, names)
        return undefined
      }),
  }
}

type MayRead = Permit<"mail.read">

const fieldOf: Readonly<Record<string, PersonField>> = {
  "bad-name": "organisation",
  "bad-domain": "domain",
  "bad-password": "password",
}

type Made =
  | { readonly kind: "made"; readonly address: string; readonly recoveryCode: string }
  | { readonly kind: "invalid"; readonly field: PersonField; readonly message: string }
  | { readonly kind: "already-done" }

async function makePerson(people: People, person: PersonForm, count: () => Promise<number>): Promise<Made> {
  const made = await people.addFirstPerson({
    organisation: person.organisation === "" ? person.domain : person.organisation,
    domain: person.domain,
    localPart: person.localPart,
    password: person.password,
  })
  if (made.kind === "added") return { kind: "made", address: made.address, recoveryCode: made.recoveryCode }
  if (made.kind === "slow-down")
    return { kind: "invalid", field: "password", message: "The server is busy. Try again." }
  if ((await count()) > 0) return { kind: "already-done" }
  return { kind: "invalid", field: fieldOf[made.why] ?? "localPart", message: made.text }
}

async function mailboxNames(parts: FirstRunParts, vault: VaultSession): Promise<ReadonlyMap<number, string>> {
  const rows = await listMailboxes(parts.store.sql, parts.vaults, vault.account)
  return new Map(rows.map(({ id, name }) => [id, name]))
}

function show(message: ListedMessage, permit: MayRead, names: ReadonlyMap<number, string>): Listed {
  const entry = message.entry?.open(permit)
  const [from] = correspondents(entry?.envelope.from ?? "")
  return {
    id: String(message.email),
    from: from ?? { name: "", address: "" },
    subject: decodeWords(entry?.envelope.subject ?? ""),
    receivedAt: message.receivedAt.getTime(),
    mailbox: names.get(message.mailbox) ?? "",
  }
}

function correspondents(field: string): Correspondent[] {
  return mailboxesOf(parseAddressList(field)).map(mailbox => ({
    name: decodeWords(mailbox.name ?? ""),
    address: `${mailbox.local}@${mailbox.domain}`,
  }))
}

async function openMail(
  parts: FirstRunParts,
  message: ListedMessage,
  permit: MayRead,
  vault: VaultSession,
  names: ReadonlyMap<number, string>,
): Promise<OpenedMail | undefined> {
  const entry = message.entry?.open(permit)
  if (entry === undefined) return undefined
  const chunks: Buffer[] = []
  for await (const chunk of openBody(parts.store, vault, message.body)) chunks.push(chunk.open(permit))
  const body = Buffer.concat(chunks)
  return {
    ...show(message, permit, names),
    to: correspondents(entry.envelope.to),
    text: textOf(scanMessage(body.subarray(entry.traceBytes)), textLimit),
    verdict: {
      kind: entry.screening.kind === "accept" ? "wanted" : "junk",
      reasons: entry.screening.reasons.map(reason => reason.sentence),
    },
    facts: {
      size: entry.messageBytes,
      sealedBytes: await sealedBytes(parts.store, vault, message),
      more: [
        { name: "UID", value: String(message.uid) },
        { name: "Thread", value: String(message.thread) },
        { name: "Message-ID", value: entry.envelope["message-id"] },
      ],
    },
  }
}

async function sealedBytes(store: Store, vault: VaultSession, message: ListedMessage): Promise<number> {
  const [row] = await store.sql<{ n: number }[]>`
    select coalesce(sum(length(data)), 0)::bigint as n from body
    where account_id = ${vault.account} and body_id = ${message.body.toString("hex")}`
  return row?.n ?? 0
}
