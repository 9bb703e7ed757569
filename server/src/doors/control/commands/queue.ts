/**
 * `./letterkeep queue`: mail on its way out. How much waits anybody may know who runs the server; of a person's mail
 * each look and each act asks who and why, as everything of a person's does: see privacy/staff.
 */
import { z } from "zod"
import { accountFacts } from "../../../people/index.ts"
import { LOOK_LIMIT, type StaffAccess, type StaffRegister } from "../../../privacy/index.ts"
import type { Intervention, QueueDesk } from "../../../sending/index.ts"
import type { AccountId, Store, Tx } from "../../../store/index.ts"
import { orSayBroken } from "../answers.ts"
import { ControlError, command } from "../command.ts"
import { pagePlace, placeText } from "./page-place.ts"
import { countsText, queuedLine, queuedText, type ShownQueued } from "./shown-queued.ts"
import { lookerOf, orNotTold, whoAndWhy } from "./staff.ts"

export interface QueueCommandParts {
  readonly desk: QueueDesk
  readonly store: Pick<Store, "sql">
  readonly staff: StaffAccess
  readonly staffRegister: StaffRegister
}

interface MailPlace {
  readonly account: AccountId
  readonly mail: number
}

const mailId = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)
const inList = ["user.contact.email", "user.communications.metadata"] as const
const inFull = [...inList, "user.communications.domain"] as const

const done: Readonly<Record<Intervention, string>> = {
  hold: "is held: it is tried no more until it is released",
  release: "is tried again when its time comes",
  retry: "is tried now",
}
const tooEarly =
  "does not go before its time, which its writer asked for or may use to take it back: queue show says when that is"
const nothing: Readonly<Record<Intervention, string>> = {
  hold: "is held already",
  release: "is not held",
  retry: "waits for nothing: it is held, or somebody has just begun to try it",
}

export const queueCommands = (parts: QueueCommandParts) => {
  const { desk, staff, staffRegister } = parts

  async function placeOf(mail: number): Promise<MailPlace> {
    const account = await desk.senderOf(mail)
    if (account === undefined) throw new ControlError(`no message ${mail} waits to be sent`)
    return { account, mail }
  }

  const act = <What extends string, Answer>(
    what: What,
    work: (place: MailPlace, record: (tx: Tx) => Promise<void>) => Promise<Answer>,
    say: (answer: Answer) => { readonly text: string; readonly recipients: number },
  ) =>
    command(`queue.${what}`, z.object({ mail: mailId, ...whoAndWhy }), async input => {
      const { mail } = input
      const looker = await lookerOf(staffRegister, input, [])
      const place = await placeOf(mail)
      const about = { command: `queue ${what} ${mail}`, ...looker, accounts: [place.account], categories: [] }
      const { answer, isTold } = await staff.act(about, record => work(place, record))
      const { text, recipients } = say(answer)
      return orNotTold(`message ${mail} ${text}`, { mail, recipients, isTold })
    })
  const intervention = (what: Intervention) =>
    act(
      what,
      async (place, record) => {
        const count = await desk.intervene(place, what, record)
        if (count > 0) return count
        const isEarly = what === "retry" && (await desk.isBeforeItsTime(place))
        throw new ControlError(`message ${place.mail} ${isEarly ? tooEarly : nothing[what]}`)
      },
      recipients => ({ text: done[what], recipients }),
    )
  const removal = act(
    "delete",
    async (place, record) => {
      const one = await desk.remove(place, record)
      if (one.removed.length + one.inHand.length === 0)
        throw new ControlError(`message ${place.mail} is not in the queue any more`)
      return one
    },
    ({ removed, inHand }) => ({
      text: removedText(removed.length, inHand.length),
      recipients: removed.length,
    }),
  )

  return [
    command("queue", z.object({}), async () => {
      const counts = await desk.counts()
      return { text: countsText(counts), value: counts }
    }),
    command(
      "queue.list",
      z.object({
        ...whoAndWhy,
        after: pagePlace.optional(),
      }),
      async input => {
        const looker = await lookerOf(staffRegister, input, inList)
        const page = await desk.page(input.after, LOOK_LIMIT + 1)
        const asked = page.slice(0, LOOK_LIMIT)
        const accounts = [...new Set(asked.map(({ account }) => account))]
        const look = { command: "queue list", ...looker, accounts, categories: inList }
        const shown = await orSayBroken(staff.look(look, permit => showAll(parts, asked, permit)))
        const last = asked.at(-1)
        const next = page.length > asked.length && last !== undefined ? placeText(last) : null
        return {
          text: [
            ...shown.map(queuedLine),
            ...(shown.length === 0 ? ["nothing waits to be sent"] : []),
            ...(next === null ? [] : [`There are more: --after ${next}, with its own reason.`]),
          ].join("\n"),
          value: { mails: shown, next },
        }
      },
    ),
    command("queue.show", z.object({ mail: mailId, ...whoAndWhy }), async input => {
      const { mail } = input
      const looker = await lookerOf(staffRegister, input, inFull)
      const { account } = await placeOf(mail)
      const look = { command: `queue show ${mail}`, ...looker, accounts: [account], categories: inFull }
      const shown = await orSayBroken(
        staff.look(look, async permit => {
          const [facts] = await showAll(parts, [{ account, mail }], permit)
          const recipients = await desk.recipients(account, mail, permit)
          return facts === undefined ? undefined : { ...facts, each: recipients.open(permit) }
        }),
      )
      if (shown === undefined) throw new ControlError(`message ${mail} has just gone`)
      return { text: queuedText(shown), value: shown }
    }),
    ...(["hold", "release", "retry"] as const).map(intervention),
    removal,
  ]
}

function removedText(removed: number, inHand: number): string {
  if (inHand === 0) return "is out of the queue: it goes to nobody else, and its sender is told"
  const others =
    removed === 0 ? "" : `is out of the queue for ${counted(removed)}, and its sender is told; it `
  return (
    `${others}is being tried for ${counted(inHand)} at this moment, who may get it: ` +
    `it is held for them, delete it again when that is over`
  )
}

const counted = (recipients: number): string =>
  `${recipients} ${recipients === 1 ? "recipient" : "recipients"}`

/** Those that have gone meanwhile are left out. */
async function showAll(
  { desk, store }: Pick<QueueCommandParts, "desk" | "store">,
  mails: readonly { readonly account: AccountId; readonly mail: number }[],
  permit: Parameters<QueueDesk["show"]>[1],
): Promise<readonly ShownQueued[]> {
  const accounts = [...new Set(mails.map(({ account }) => account))]
  const senders = new Map(
    (await accountFacts(store, accounts, permit)).map(({ account, addresses: [own] }) => [
      account,
      own?.open(permit) ?? "",
    ]),
  )
  const entries = await desk.show(
    mails.map(({ mail }) => mail),
    permit,
  )
  return entries.map(({ account, mail, facts }) => {
    const { receivedAt, notBefore, expiresAt, dueAt, ...rest } = facts.open(permit)
    return {
      ...rest,
      mail,
      sender: senders.get(account) ?? "",
      receivedAt: receivedAt.toISOString(),
      notBefore: notBefore.toISOString(),
      expiresAt: expiresAt.toISOString(),
      dueAt: dueAt?.toISOString() ?? null,
    }
  })
}
