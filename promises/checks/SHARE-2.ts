import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { type House, openHouse } from "../../fixtures/house.ts"
import { addressOf } from "../../fixtures/server.ts"
import { openTestDisclosing } from "../../server/src/privacy/disclosing/test-disclosing.ts"
import { createPrivacy } from "../../server/src/privacy/gate.ts"
import { personal, type Recipient } from "../../server/src/privacy/index.ts"
import { PermitError } from "../../server/src/privacy/permit.ts"
import type { PolicyDocument, Statement } from "../../server/src/privacy/policy/document.ts"
import { differenceOf, isMaterial, purposes } from "../../server/src/privacy/policy/index.ts"
import type { Mutation } from "../check-file.ts"
import { isRefused } from "../way-out/refused.ts"

/**
 * SHARE-2: personal data is never sold, rented or lent, nor used for anybody else's marketing: the running server's
 * policy and its record of processing have no purpose for it, the server refuses one that somebody makes up, at the
 * operator's door and in the gate, and a policy that had one would differ from this one materially.
 */
const agreeing = "no purpose that somebody makes up can be agreed with anybody"
const telling = "nobody whom the policy does not name is told anything, whatever is agreed with them"

export const mutations: readonly Mutation[] = [
  {
    name: "a purpose for selling stands in the policy",
    file: "server/src/privacy/policy/purposes.ts",
    find: "export const purposes = {",
    replace:
      'export const purposes = {\n  "marketing.resale": {\n    name: "resale",\n    sentence: "We sell addresses to advertisers.",\n    basis: "legitimate-interest",\n    categories: ["user.contact.email"],\n    recipients: ["dns"],\n    permitLasts: 60_000,\n  },',
    why: "the program would do what it says it never does",
  },
  {
    name: "a purpose that has another name serves marketing",
    file: "server/src/privacy/policy/purposes.ts",
    find: "export const purposes = {",
    replace:
      'export const purposes = {\n  "mail.improve": {\n    name: "offers",\n    sentence: "We tell partners which offers and advertising may suit you.",\n    basis: "legitimate-interest",\n    categories: ["user.communications"],\n    recipients: ["dns"],\n    permitLasts: 60_000,\n  },',
    why: "a name that sounds harmless would cover it",
  },
  {
    name: "the gate opens for a purpose that nobody declared",
    file: "server/src/privacy/permit.ts",
    find: 'if (allowed === undefined) throw new PermitError("unknown-purpose", purpose)',
    replace:
      'if (allowed === undefined) return new Permit("mail.read", subject, { clock, choiceVersion, policyLabel }) as never',
    why: "whoever makes up a purpose would get a permit",
  },
  {
    name: "the operator can agree to a purpose that nobody declared",
    file: "server/src/privacy/disclosing/wish.ts",
    find: "...(wish.purposes ?? []).filter(name => !most.purposes.some(purpose => purpose === name)),",
    replace: "",
    why: "an agreement would stand for what the policy rules out",
    noticedBy: agreeing,
  },
  {
    name: "whom nobody declared is looked for among what every object has",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: "return Object.hasOwn(recipients, name)",
    replace: "return name in recipients",
    why: "a name like constructor would pass for a recipient",
    noticedBy: agreeing,
  },
  {
    name: "any name is taken for a recipient by the register",
    file: "server/src/privacy/disclosing/wish.ts",
    find: "  if (!isRecipient(recipient)) return unknownRecipient(recipient)\n",
    replace: "",
    why: "an agreement would be looked for with whoever is named",
    noticedBy: agreeing,
  },
  {
    name: "the way out takes any name for a recipient",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "const most = isRecipient(recipient) ? declared(recipient) : undefined",
    replace:
      'const most = isRecipient(recipient) ? declared(recipient) : { purposes: [purpose], fields: ["user.contact.email" as const] }',
    why: "whoever makes up a buyer could tell them addresses",
    noticedBy: telling,
  },
  {
    name: "a purpose more is no material change",
    file: "server/src/privacy/policy/materiality.ts",
    find: 'return change.now.source !== "words"',
    replace: 'return change.now.source === "settings"',
    why: "selling could begin without anybody being told beforehand",
  },
  {
    name: "the difference leaves out what was added",
    file: "server/src/privacy/policy/difference.ts",
    find: 'if (old === undefined) changes.push({ kind: "added", section, now: statement })',
    replace: "if (old === undefined) continue",
    why: "a new purpose would not show between two versions",
  },
]

let house: House<"ada">

/** Words by which selling, lending and others' marketing go, in the policy and in what names its parts. */
const forbidden =
  /\b(marketing|advertis\w*|adverts?|sell(?!-or-share)\w*|sold|sales?|resale|rent(al|ed)?|lend\w*|lent|brokers?|partners?|affiliates?|sponsors?|offers?)\b/i
/** DPV purposes of that kind, and of whom it would be done for. */
const forbiddenTerms = /Marketing|Advertising|SellData|SellInsights|RentData|Personalised|CommercialPurpose/

interface Activity {
  readonly id?: string
  readonly [field: string]: unknown
}

function checks(): void {
  before(async () => {
    house = await openHouse(["ada"])
  })
  after(() => house?.close())

  test("the record of processing of the running server has no such purpose, and no recipient for it", async () => {
    const record = JSON.parse(await page("privacy/record.json")) as { activities: readonly Activity[] }
    assert.ok(record.activities.length >= 5, "the record holds no activities")
    assert.ok(JSON.stringify(record.activities).includes("dns"), "it says nothing of recipients")
    for (const activity of record.activities) {
      const text = JSON.stringify(activity)
      assert.doesNotMatch(text, forbidden)
      assert.doesNotMatch(text, forbiddenTerms)
    }
  })

  test("the page of the policy says so, and names no other purpose than the record", async () => {
    const text = await page("privacy")
    assert.match(text, /never sold, rented or lent/)
    const record = JSON.parse(await page("privacy/record.json")) as { activities: readonly unknown[] }
    assert.equal(record.activities.length, Object.keys(purposes).length)
  })

  test(agreeing, async () => {
    const before = await list()
    for (const purpose of [
      "marketing",
      "marketing.resale",
      "sale",
      "mail.screen,marketing.resale",
      "__proto__",
    ]) {
      const { code, stderr } = await house.server().cli(["recipients", "agree", "dns", "--purposes", purpose])
      assert.notEqual(code, 0, purpose)
      assert.match(stderr, /the policy does not let/)
    }
    for (const recipient of ["data-broker", "advertiser", "constructor"])
      for (const how of ["agree", "end"]) {
        const { code, stderr } = await house.server().cli(["recipients", how, recipient])
        assert.notEqual(code, 0, recipient)
        assert.match(stderr, /the policy knows no recipient/)
      }
    assert.deepEqual(await list(), before)
  })

  test(telling, async () => {
    const { privacy, agreements, written } = openTestDisclosing()
    const standing = agreements.get("own-door")
    assert.ok(standing !== undefined)
    for (const buyer of ["data-broker", "advertiser", "constructor", "__proto__", ""]) {
      agreements.set(buyer as Recipient, { ...standing, recipient: buyer as Recipient })
      const sold = privacy.gate("account.serve", { kind: "stranger" }, permit =>
        privacy.disclose(permit, buyer as "own-door", personal("user.contact.email", "ada@house.example")),
      )
      await assert.rejects(sold, isRefused("PermitError", "wrong-recipient"), buyer)
    }
    assert.deepEqual(written, [])
  })

  test("the gate gives no permit for a purpose that somebody makes up", async () => {
    const privacy = createPrivacy({ clock: { now: () => 0 } })
    const address = personal("user.contact.email", "ada@house.example")
    for (const purpose of [
      "marketing",
      "marketing.resale",
      "sale.addresses",
      "constructor",
      "__proto__",
      "",
    ]) {
      let opened: unknown
      const work = privacy.gate(purpose as "mail.read", { kind: "stranger" }, async permit => {
        opened = address.open(permit)
      })
      await assert.rejects(
        work,
        error => error instanceof PermitError && error.why === "unknown-purpose",
        purpose,
      )
      assert.equal(opened, undefined)
    }
  })

  test("a policy that had such a purpose would differ from this one, materially", () => {
    const said: Statement = {
      id: "purpose.mail",
      term: "mail",
      text: "We take mail in.",
      facts: [],
      source: "rules",
      promises: [],
    }
    const document = (statements: readonly Statement[]): PolicyDocument => ({
      format: 1,
      rules: 1,
      sections: [{ id: "purposes", title: "What it is used for", statements }],
    })
    const resale = { ...said, id: "purpose.resale", term: "resale", text: "We sell addresses." }
    const added = differenceOf(document([said]), document([said, resale]))
    assert.deepEqual(
      added.map(change => [change.kind, isMaterial(change)]),
      [["added", true]],
    )
    const bent = differenceOf(document([said]), document([{ ...said, text: "We take mail in and sell it." }]))
    assert.deepEqual(
      bent.map(change => [change.kind, isMaterial(change)]),
      [["changed", true]],
    )
  })
}

async function page(path: string): Promise<string> {
  const { host, port } = addressOf(house.server().ready, "http")
  const answer = await fetch(`http://${host}:${port}/${path}`)
  assert.equal(answer.status, 200, path)
  return await answer.text()
}

async function list(): Promise<unknown> {
  return (await house.server().cli(["recipients", "list", "--json"])).json
}

if (import.meta.main) describe("SHARE-2, never sold", checks)
