import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { openTestSending } from "../../server/src/flow/open-test-sending.ts"
import { systemChance } from "../../server/src/ports/chance.ts"
import { mailAddress } from "../../server/src/privacy/index.ts"
import type { Tried } from "../../server/src/sending/contract.ts"
import { createSettler } from "../../server/src/sending/delivering/settler.ts"
import { claimFront } from "../../server/src/sending/queue/claim-query.ts"
import { dropUnusedKeys } from "../../server/src/sending/queue/drop-unused-keys.ts"
import { openTestQueue, wish } from "../../server/src/sending/queue/open-test-queue.ts"
import type { Subject } from "./subject.ts"
import { until } from "./world.ts"

/**
 * What takes days in a running server's queue, or a second worker at the right moment: the server's own code, on a real
 * database, with a clock and a transaction in the test's hands.
 */
const oneHand = "two workers that claim at the same moment never have the same message"
const toldOnce = "its writer is told once that a message takes long, after four hours, and not each time"
const givenUp = "what is put off again and again is given up when its time is over, and its writer told"
const keyGoes = "the key that a message waited under is destroyed when no message needs it, and not before"

const schedule = "server/src/sending/schedule.ts"

export const patience: Subject = {
  mutations: [
    {
      name: "a claim does not lock what it takes",
      file: "server/src/sending/queue/claim-query.ts",
      find: " for update skip locked) x) l",
      replace: ") x) l",
      why: "people would get a message twice whenever two workers are busy",
      noticedBy: oneHand,
    },
    {
      name: "a delay is told at each try",
      file: schedule,
      find: "tellOfDelay: !sofar.toldOfDelay && now",
      replace: "tellOfDelay: now",
      why: "an inbox would fill with word of one message",
      noticedBy: toldOnce,
    },
    {
      name: "that a delay was told is forgotten",
      file: "server/src/sending/queue/settle.ts",
      find: "toldOfDelay}, answer_key_id",
      replace: "toldOfDelay && afterMs < 0}, answer_key_id",
      why: "an inbox would fill with word of one message",
      noticedBy: toldOnce,
    },
    {
      name: "a delay is told at the first try",
      file: schedule,
      find: "now - sofar.notBefore >= DELAY_NOTICE_MS",
      replace: "now - sofar.notBefore >= 0",
      why: "people would be told of each server that puts strangers off for minutes",
      noticedBy: toldOnce,
    },
    {
      name: "a delay is told to nobody",
      file: "server/src/sending/delivering/course-of.ts",
      find: 'tell: next.tellOfDelay ? about("delayed") : undefined',
      replace: "tell: undefined",
      why: "people would wait five days before they hear that nobody has their mail",
      noticedBy: toldOnce,
    },
    {
      name: "nothing is ever given up",
      file: schedule,
      find: "if (left <= 0) return",
      replace: "if (left < -sofar.expiresAt) return",
      why: "people would never hear that nobody took their mail",
      noticedBy: givenUp,
    },
    {
      name: "that its time was over is told to nobody",
      file: "server/src/sending/delivering/course-of.ts",
      find: 'if (next.kind === "given-up")\n    return { ...done, settlement: { kind: "given-up", claimed: mail, no }, tell: about("failed") }',
      replace:
        'if (next.kind === "given-up")\n    return { ...done, settlement: { kind: "given-up", claimed: mail, no }, tell: undefined }',
      why: "people would think that their mail arrived",
      noticedBy: givenUp,
    },
    {
      name: "queue keys are kept for good",
      file: "server/src/sending/queue/drop-unused-keys.ts",
      find: "const unused = old.filter(id => !stillUsed.has(id))",
      replace: "const unused = old.filter(id => !stillUsed.has(id) && id < 0)",
      why: "an old backup would open with the key file for as long as it lies somewhere",
      noticedBy: keyGoes,
    },
    {
      name: "a queue key is destroyed while mail waits under it",
      file: "server/src/sending/queue/drop-unused-keys.ts",
      find: "const unused = old.filter(id => !stillUsed.has(id))",
      replace: "const unused = old.filter(id => stillUsed.has(id) || !stillUsed.has(id))",
      why: "mail that was answered with 250 could be read by nobody",
      noticedBy: keyGoes,
    },
  ],
  checks() {
    test(oneHand, async t => {
      const { queue, node, put, addAccount, store } = await openTestQueue(t)
      const mail = await put(await addAccount())
      const other = await node()
      const values = [wish.limit, wish.each, wish.leaseMs, 1, []]
      const [first, second] = await store.transaction(async tx => {
        // The one has taken it, and its commit is still to come, when the other looks.
        const taken = await store.ask(tx, claimFront, values, fields => {
          fields.int8()
          return fields.int8()
        })
        const claiming = other.claim(wish)
        let isOver = false
        claiming.finally(() => (isOver = true)).catch(() => undefined)
        await until("the other neither claims nor waits", async () => {
          const waiting = await store.owner`
            select from pg_locks where not granted and locktype in ('transactionid', 'tuple')`
          return isOver || waiting.length > 0 ? true : undefined
        })
        return [taken, { claiming }]
      })
      assert.deepEqual(first, [mail])
      assert.equal((await second.claiming).claimed.length, 0, "both have it")
      assert.equal((await queue.claim(wish)).claimed.length, 0)
    })

    test(toldOnce, async t => {
      const { send, fail, letters } = await open(t)
      await send()
      for (const [hours, told] of [
        [0, 0],
        [3.9, 0],
        [4.1, 1],
        [8, 1],
        [100, 1],
      ] as const) {
        await fail(hours)
        assert.equal((await letters("delayed")).length, told, `after ${hours} hours`)
      }
      const [letter] = await letters("delayed")
      assert.match(letter ?? "", /come back later/)
      assert.deepEqual(await letters("failed"), [])
    })

    test(givenUp, async t => {
      const { send, fail, letters, store } = await open(t)
      await send()
      await fail(5)
      await fail(5 * 24 - 1)
      assert.deepEqual(await letters("failed"), [])
      assert.equal((await store.sql`select from queued_mail`).length, 1)
      await fail(5 * 24 + 1)
      const [letter, ...more] = await letters("failed")
      assert.deepEqual(more, [])
      assert.match(letter ?? "", /carla@far\.test[\s\S]*come back later/)
      assert.equal((await store.sql`select from queued_mail`).length, 0)
    })

    test(keyGoes, async t => {
      const { queue, put, addAccount, settle, store, vaults, clock } = await openTestQueue(t)
      await put(await addAccount(), { text: "good day" })
      clock.at += 7 * day
      assert.equal(await dropUnusedKeys({ store, vaults }), 0)
      const [claimed] = (await queue.claim(wish)).claimed
      assert.ok(claimed, "what waits can be read by nobody")
      await settle({ claimed, no: 0, kind: "handed-over" })
      await dropUnusedKeys({ store, vaults })
      assert.equal((await store.sql`select from queue_key`).length, 0)
    })
  },
}

const hour = 60 * 60_000
const day = 24 * hour

const later: Tried = {
  kind: "not-now",
  why: "refused",
  reply: { code: 451, enhanced: "4.2.1", text: "come back later" },
}

/** Anna's message to Carla, whose server always puts it off. */
async function open(t: TestContext) {
  const house = await openTestSending(t)
  const { store, queue } = house
  let passed = 0
  const settler = createSettler({
    ...house,
    chance: systemChance,
    clock: { now: () => Date.now() + passed },
    hostname: "mx.near.test",
  })
  return {
    store,
    async send(): Promise<void> {
      const found = await house.receive.recipient(mailAddress("anna@near.test"))
      assert.ok(found.kind === "local")
      const text = "From: anna@near.test\nSubject: hello\n\nGood day.\n"
      assert.equal((await house.send(found.accountId, ["carla@far.test"], text)).kind, "kept")
    },
    /** It is tried when so many hours have passed, and put off. */
    async fail(hours: number): Promise<void> {
      passed = hours * hour
      await store.sql`update queued_recipient set due_at = now()`
      const [mail, ...more] = (await queue.claim(wish)).claimed
      assert.ok(mail !== undefined && more.length === 0)
      await settler.settle(mail, new Map([[0, later]]))
    },
    letters: async (action: "delayed" | "failed") =>
      (await house.mailOf("anna"))
        .map(({ body }) => body)
        .filter(body => body.includes(`\r\nAction: ${action}\r\n`)),
  }
}
