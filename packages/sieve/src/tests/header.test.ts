// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import { holds } from "../../fixtures/running.ts"

const message = [
  "Received: from a (a.example) by b; Mon, 05 Jan 2026 10:00:00 +0000",
  "Received: from x (x.example) by a; Mon, 05 Jan 2026 09:59:00 +0000",
  "From: =?utf-8?q?Anna?= <anna@shop.example>",
  'To: "Bob, of old" <bob+news@mail.example>, carol@mail.example',
  'Cc: friends: dan@far.example, "e f"@far.example;, broken@, @nowhere.example, nonsense',
  "Bcc:",
  "Subject:   A   folded",
  " subject =?iso-8859-1?q?=E9t=E9?=  ",
  "X-Empty:",
  "a line that is no field",
  "X-Number: 0042 apples",
  "x-number: 7",
  "",
  "text",
].join("\n")

for (const [line, expected] of [
  ['header "subject" "a   folded subject été"', true],
  ['header :is "subject" "A   folded subject été"', true],
  ['header :comparator "i;octet" "subject" "a   folded subject été"', false],
  ['header :contains "subject" "ÉTÉ"', false],
  ['header :contains "subject" ""', true],
  ['header :contains "x-none" ""', false],
  ['header :matches "subject" "a*fold?d*"', true],
  ['header :is "x-empty" ""', true],
  ['header ["x-none", "x-number"] ["7", "8"]', true],
  ['header "subject:" "x"', false],
  ['header :count "eq" "received" "2"', true],
  ['header :count "gt" :comparator "i;ascii-numeric" ["received", "x-number"] "3"', true],
  ['header :count "eq" "x-none" "0"', true],
  ['header :value "eq" :comparator "i;ascii-numeric" "x-number" "42"', true],
  ['header :value "gt" :comparator "i;ascii-numeric" "x-number" "42"', false],
  ['header :value "lt" :comparator "i;ascii-numeric" "x-number" "42"', true],
  ['header :value "ge" "x-number" "7"', true],
  ['header :value "ne" :index 2 "x-number" "7"', false],
  ['header :index 1 :contains "received" "from a"', true],
  ['header :index 2 :contains "received" "from a"', false],
  ['header :index 1 :last :contains "received" "from x"', true],
  ['header :index 3 :contains "received" ""', false],
  ['header :index 3 ["received", "subject"] "A   folded subject été"', true],
  ['header :index 1 :last ["x-none", "subject", "from"] "Anna <anna@shop.example>"', true],
  ['exists ["from", "TO"]', true],
  ['exists ["from", "x-none"]', false],
  ['exists "x-empty"', true],
  ['exists ""', false],
  ["size :over 10", true],
  ["size :under 10", false],
  ["not size :under 1K", false],
  ['address "from" "ANNA@shop.example"', true],
  ['address :all :is "to" "carol@mail.example"', true],
  ['address :localpart "to" "bob+news"', true],
  ['address :domain "to" ["far.example", "mail.example"]', true],
  ['address :user "to" "bob"', true],
  ['address :detail "to" "news"', true],
  ['address :detail :contains "from" ""', false],
  ['address :user "from" "anna"', true],
  ['address :localpart "cc" "e f"', true],
  ['address :domain "cc" "nowhere.example"', false],
  ['address :localpart "cc" "broken"', false],
  ['address :localpart "cc" "nonsense"', false],
  ['address "cc" "nonsense"', true],
  ['address :count "eq" "to" "2"', true],
  ['address "bcc" ""', true],
  ['address :count "eq" "bcc" "0"', true],
  ['address :count "eq" :detail ["to", "from"] "3"', true],
  ['address :count "eq" "cc" "5"', true],
  ['address :index 2 "to" "carol@mail.example"', false],
  ['address :localpart "bcc" ""', false],
  ['address :domain :matches ["from", "to", "cc"] "*.example"', true],
] as const) {
  test(`${line} is ${expected}`, async () => assert.equal(await holds(line, { message }), expected))
}

for (const [line, given, expected] of [
  ['envelope "from" "s@peer.example"', { from: "s@peer.example" }, true],
  ['envelope :localpart "FROM" "s"', { from: "s@peer.example" }, true],
  ['envelope :domain "to" "mail.example"', { to: "b+c@mail.example" }, true],
  ['envelope :detail "to" "c"', { to: "b+c@mail.example" }, true],
  ['envelope :detail "to" ""', { to: "b@mail.example" }, false],
  ['envelope "from" ""', { from: "" }, true],
  ['envelope :domain "from" ""', { from: "" }, true],
  ['envelope :count "eq" "from" "0"', { from: "" }, true],
  ['envelope :count "eq" :detail "to" "1"', { to: "b@mail.example" }, true],
  ['envelope :count "eq" ["from", "to"] "2"', { from: "a@b.example" }, true],
  ['envelope ["from", "to"] "b@mail.example"', { from: "", to: "b@mail.example" }, true],
  ['envelope :localpart "to" "postmaster"', { to: "postmaster" }, false],
  ['envelope "to" "postmaster"', { to: "postmaster" }, true],
  ['envelope :user "to" "b"', { to: "b-c@mail.example", world: { detailSeparator: "-" } }, true],
] as const) {
  test(`${line} is ${expected} for ${JSON.stringify(given)}`, async () => {
    assert.equal(await holds(line, given), expected)
  })
}
