import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { createQuotas } from "../messages/index.ts"
import { systemChance } from "../ports/chance.ts"
import { systemClock } from "../ports/clock.ts"
import { mailAddress } from "../privacy/index.ts"
import { type Claimed, createPutHere, createSettler, createTakeBack, type PutHere } from "../sending/index.ts"
import type { AccountId } from "../store/ids.ts"
import { createDeliverDue } from "./deliver-due.ts"
import { openTestSending } from "./open-test-sending.ts"

const minute = 60_000
export const day = 24 * 60 * minute
export const letter = "From: Anna <anna@near.test>\nTo: ben@near.test\nSubject: hello\n\nGood day.\n"

/** With nobody who calls it off. */
export async function putNow({ put }: Pick<PutHere, "put">, mail: Claimed) {
  return (await put(mail, new AbortController().signal)) ?? assert.fail("it was called off")
}

/** The house of `openTestSending`, with what becomes of mail that is to be sent later, step by step. */
export async function openTestLater(t: TestContext, changed: Parameters<typeof openTestSending>[1] = {}) {
  const house = await openTestSending(t, changed)
  const { store, vaults, queue, receive, log } = house
  const accountOf = async (name: string): Promise<AccountId> => {
    const found = await receive.recipient(mailAddress(`${name}@near.test`))
    return found.kind === "local" ? found.accountId : assert.fail(`${name} is not here`)
  }
  const anna = await accountOf("anna")
  const outside = { clock: systemClock, chance: systemChance, log }
  const settler = createSettler({ ...house, ...outside, hostname: "mx.near.test" })
  const quotas = createQuotas(store, systemClock)
  const giveHere = createDeliverDue({ ...house, ...outside, quotas })
  const sendAt = async (at: number, to: readonly string[], text = letter) => {
    const request = `until;${new Date(at).toISOString()}`
    const incoming = house.submit.begin({
      ...house.envelope(anna, "anna@near.test", to),
      release: { at, request },
    })
    incoming.write(Buffer.from(text.replaceAll("\n", "\r\n")))
    return await incoming.finish()
  }
  const claim = async (): Promise<readonly Claimed[]> =>
    (await queue.claim({ limit: 100, each: 100, leaseMs: minute, busy: [] })).claimed
  const here = createPutHere({ ...house, giveHere, settler, log })
  return {
    ...house,
    anna,
    ben: await accountOf("ben"),
    settler,
    sendAt,
    claim,
    putHere: (mail: Claimed) => putNow(here, mail),
    takeBack: createTakeBack({ store, vaults, ...outside }),
    /** For the queue, whose clock is the database's. */
    letPass: async (ms: number) => {
      await store.sql`update queued_recipient set due_at = due_at - ${ms}::bigint * interval '1 ms'`
      await store.sql`update queued_mail set not_before = not_before - ${ms}::bigint * interval '1 ms'`
    },
    left: async () => (await store.sql`select from queued_recipient`).length,
    happened: async () => {
      const rows = await store.sql<{ mail_id: number }[]>`select mail_id from sent_event`
      return rows.length
    },
  }
}
