import assert from "node:assert/strict"
import { test } from "node:test"
import { type Agreement, whyNotAgreed } from "./agreement.ts"

const agreed = (recipient: Agreement["recipient"], country: string | undefined): Agreement => ({
  id: 1,
  recipient,
  purposes: ["mail.screen", "account.serve"],
  fields: ["user.contact.email", "user.communications.domain"],
  country,
  ground: undefined,
  agreedAt: 0,
  until: undefined,
  endedAt: undefined,
})

test("nothing flows to a country that the policy does not declare, though it was agreed once", () => {
  const asked = { purpose: "account.serve", category: undefined } as const
  assert.equal(whyNotAgreed(agreed("own-door", "US"), asked, 1), "undeclared-country")
  assert.equal(whyNotAgreed(agreed("own-door", undefined), asked, 1), undefined)
  assert.equal(whyNotAgreed(agreed("dns", "US"), asked, 1), undefined)
  assert.equal(whyNotAgreed(agreed("dns", "anywhere"), asked, 1), "undeclared-country")
})
