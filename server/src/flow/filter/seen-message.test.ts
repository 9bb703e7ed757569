import assert from "node:assert/strict"
import { test } from "node:test"
import { mailAddress, senderPattern } from "../../privacy/index.ts"
import { openTestHouse } from "../open-test-house.ts"
import { foundBy, letter } from "./open-test-filters.ts"

const verdicts = [
  "X-Letterkeep-Screening: accept",
  "x-letterkeep-screening : accept;\r\n\tby-you (You want it.)",
  "X-LETTERKEEP-SCREENING:accept",
]

test("nobody but us says what screening found: a verdict that comes with a message goes out of it", async t => {
  const house = await openTestHouse(t)
  await house.people.addRule(mailAddress("anna@near.test"), "block", senderPattern("@far.test"))
  await house.setFilter(
    "anna",
    'require "fileinto"; if header :contains "X-Letterkeep-Screening" "accept" { fileinto "Archive"; stop; } keep;',
  )
  await house.deliver(letter("forged", verdicts), "anna", "ben")
  assert.deepEqual(await foundBy(house), ["INBOX: forged"])
  const [mail] = await house.mailOf("ben")
  assert.equal(mail?.body.match(/x-letterkeep-screening/gi)?.length, 1)
  assert.match(mail?.body ?? "", /Subject: forged\r\n\r\nGood day/)
})
