import assert from "node:assert/strict"
import { test } from "node:test"
import { scanMessage } from "@letterkeep/mime"
import { createQuotas, toInbox } from "../../messages/index.ts"
import { systemChance } from "../../ports/chance.ts"
import { systemClock } from "../../ports/clock.ts"
import { mailAddress } from "../../privacy/index.ts"
import { StoreError } from "../../store/index.ts"
import { openTestHouse } from "../open-test-house.ts"
import { createMailFilters } from "./filter-mail.ts"
import { letter } from "./open-test-filters.ts"
import type { InHand, Reader } from "./reader.ts"

test("a mistake of ours keeps nobody's mail away, and a store that is away for a moment lets the sender try again", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'require "fileinto"; fileinto "Archive";')
  const [recipient] = (await house.envelopeTo("anna")).recipients
  assert.ok(recipient)
  const { accountId: account } = recipient
  let error: Error = new TypeError("a mistake")
  const filters = createMailFilters({
    ...house,
    placing: { of: async () => Promise.reject(error), create: async () => assert.fail("nothing is made") },
    quotas: createQuotas(house.store, systemClock),
    addressesOf: async () => [],
    clock: systemClock,
    chance: systemChance,
    hostname: "mx.near.test",
    retryMs: 1,
  })
  const reader: Reader = {
    account,
    recipient,
    isJunk: false,
    above: Buffer.from("Return-Path: <>\r\n"),
    usual: { into: toInbox, keywords: [] },
    deliver: filing => ({
      ...{ account, ...filing, receivedAt: 0, parts: [], threadHashes: [], entry: Buffer.alloc(0) },
    }),
    passOn: () => assert.fail("nobody else has it"),
  }
  const inHand: InHand = {
    ...{ id: "x", now: 0, scan: scanMessage(Buffer.from(letter("hello"))), received: "" },
    ...{
      reversePath: mailAddress(""),
      isPathProven: false,
      isReport: false,
      provenDomain: undefined,
      body: "7BIT",
      requireTls: false,
      refusesAtDoor: true,
    },
  }
  const run = async () => {
    const active = await filters.activeOf([account])
    assert.ok(active)
    return await filters.run(inHand, [reader], active)
  }
  const done = await run()
  assert.ok(done.kind === "keep")
  assert.deepEqual(
    done.deliveries.map(({ into }) => into),
    [toInbox],
  )
  assert.match([...done.faults.values()].flatMap(({ said }) => said).join(), /went wrong inside the server/)
  assert.ok(house.log.events.some(({ name }) => name === "filter.failed"))
  error = new StoreError("away", { temporary: true })
  await assert.rejects(run(), StoreError)
})
