/**
 * `filter try`: what a filter would have done with a person's last messages, and why. Nothing is changed. By the person's
 * own password: the messages open in their session alone.
 */
import { decodeWords } from "@letterkeep/mime"
import { faultText, traceText } from "@letterkeep/sieve"
import { z } from "zod"
import { createDryRun } from "../../../flow/index.ts"
import {
  createPlacing,
  type ListedMessage,
  newestMessages,
  openBody,
  type SealedIndex,
} from "../../../messages/index.ts"
import { checkFilter } from "../../../people/filters/index.ts"
import { ownAddresses, type People } from "../../../people/index.ts"
import { mailAddress, type Privacy, secret } from "../../../privacy/index.ts"
import type { EmailId, Store } from "../../../store/index.ts"
import type { VaultSession, Vaults } from "../../../vaults/index.ts"
import { orRefuse } from "../answers.ts"
import { type ControlCall, ControlError, type ControlResult, command } from "../command.ts"
import { plain } from "./plain.ts"

interface FilterTryParts {
  readonly people: Pick<People, "signIn">
  readonly privacy: Pick<Privacy, "gate">
  readonly store: Store
  readonly vaults: Vaults
  readonly sealedIndex: Pick<SealedIndex, "forSession">
}

/** Messages of one trial. */
const mostMessages = 10_000

export const filterTryCommands = (parts: FilterTryParts) => [
  command(
    "filter.try",
    z.object({
      address: z.string().max(1000),
      script: z.string().max(1_000_000),
      password: z.string().max(4096),
      last: z.coerce.number().int().min(1).max(mostMessages).default(200),
    }),
    async (input, call) => {
      const checked = checkFilter(input.script)
      if (checked.kind === "faulty")
        throw new ControlError(
          ["the filter is wrong:", ...checked.faults.map(each => `  ${faultText(each)}`)].join("\n"),
        )
      const signedIn = await parts.people.signIn(
        mailAddress(input.address),
        secret(input.password),
        "control",
      )
      const { session } = orRefuse(signedIn)
      try {
        return await tryOn(parts, session, checked.script, input.last, call)
      } finally {
        session.close()
      }
    },
  ),
]

type Checked = Extract<ReturnType<typeof checkFilter>, { kind: "right" }>

async function tryOn(
  parts: FilterTryParts,
  session: VaultSession,
  script: Checked["script"],
  last: number,
  call: ControlCall,
): Promise<ControlResult> {
  const { account } = session
  const subject = { kind: "account", account } as const
  const placing = createPlacing({ ...parts, clock: { now: () => 0 } })
  const run = await parts.privacy.gate("mail.read", subject, async permit =>
    createDryRun({
      script,
      places: await placing.of(account, permit),
      ownAddresses: (await ownAddresses(parts.store, account)).map(address => address.open(permit)),
    }),
  )
  const emails = await lastEmails(parts, session, last)
  const touched: Touched[] = []
  let locked = 0
  // In the order in which they came, each under a permit of its own.
  for (const message of emails.toReversed()) {
    call.signal.throwIfAborted()
    const { summary } = message
    if (summary === undefined) locked++
    else
      await parts.privacy.gate("mail.read", subject, async permit => {
        const screened = summary.open(permit).screening()
        // The server's own letters go through no filter.
        if (screened.reasons.some(({ code }) => code === "from-the-server")) return
        const chunks: Buffer[] = []
        for await (const chunk of openBody(parts.store, session, message.body))
          chunks.push(chunk.open(permit))
        const receivedAt = message.receivedAt.getTime()
        const tried = await run({
          bytes: Buffer.concat(chunks),
          isJunk: screened.kind === "junk",
          receivedAt,
        })
        if (!tried.isTouched) return
        const { from = "", subject: about = "" } = summary.open(permit).fields()
        const trace = tried.trace.filter(entry => entry.kind === "note" || entry.yes)
        touched.push({
          email: message.email,
          receivedAt: message.receivedAt.toISOString(),
          from: plain(decodeWords(from)),
          subject: plain(decodeWords(about)),
          does: tried.does.map(plain),
          why: traceText(trace).split("\n").map(plain),
        })
      })
  }
  const untouched = emails.length - touched.length - locked
  return {
    text: [
      ...touched.map(textOf),
      `${emails.length} messages: ${touched.length} would have been touched, ${untouched} not`,
      ...(locked === 0 ? [] : [`${locked} from before the password was reset could not be looked at`]),
    ].join("\n"),
    value: { messages: touched, looked: emails.length, untouched, locked },
  }
}

interface Touched {
  readonly email: EmailId
  readonly receivedAt: string
  readonly from: string
  readonly subject: string
  readonly does: readonly string[]
  readonly why: readonly string[]
}

function textOf({ receivedAt, from, subject, does, why }: Touched): string {
  const at = receivedAt.slice(0, 16).replace("T", " ")
  const lines = why.map(each => `    ${each}`)
  return [`${at}  ${from}  ${subject}`, `  ${does.join("; ")}`, ...lines].join("\n")
}

/** Newest first, each email once, however many mailboxes show it. */
async function lastEmails(
  parts: FilterTryParts,
  session: VaultSession,
  last: number,
): Promise<readonly ListedMessage[]> {
  const emails = new Map<EmailId, ListedMessage>()
  let before: EmailId | undefined
  for (;;) {
    const page = await newestMessages(parts, session, last, before)
    for (const message of page) {
      if (emails.size === last) break
      if (!emails.has(message.email)) emails.set(message.email, message)
    }
    before = page.at(-1)?.email
    if (before === undefined || emails.size === last) return [...emails.values()]
  }
}
