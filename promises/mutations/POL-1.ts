/** What parts the policy from what is done, and the test of POL-1 that notices it. */
import type { Mutation } from "../check-file.ts"

export const nobodyElse = "names all to whom a purpose may tell something, and nobody else is told"
export const counted = "says what the server at work tells others: what its figures count is on the page"

export const mutations: readonly Mutation[] = [
  {
    name: "the page leaves a purpose out",
    file: "server/src/privacy/policy/tables.ts",
    find: "return purposesInForce(switchedOn).map(id => {",
    replace: "return purposesInForce(switchedOn).slice(1).map(id => {",
    why: "something would be done that the policy does not say",
  },
  {
    name: "the page says less of what a purpose opens",
    file: "server/src/privacy/policy/tables.ts",
    find: "return covered(purposes[purpose].categories)",
    replace: "return covered(purposes[purpose].categories).slice(1)",
    why: "a purpose would open more than the policy says",
  },
  {
    name: "a purpose that nobody declared gets a permit",
    file: "server/src/privacy/permit.ts",
    find: 'if (allowed === undefined) throw new PermitError("unknown-purpose", purpose)',
    replace: "",
    also: [
      {
        file: "server/src/privacy/permit.ts",
        find: "this.#opens = allowed",
        replace: 'this.#opens = allowed ?? new Set(["user.contact.email"])',
      },
      {
        file: "server/src/privacy/permit.ts",
        find: "purposes[purpose].permitLasts",
        replace: "(purposes[purpose]?.permitLasts ?? 60_000)",
      },
    ],
    why: "data could be used for what the policy does not say",
  },
  {
    name: "any permit opens anything",
    file: "server/src/privacy/permit.ts",
    find: 'if (!this.#opens.has(category)) throw new PermitError("wrong-category", this.purpose)',
    replace: "if (this.#opens.size === 0) this.require()",
    why: "a purpose would open more than the policy says",
  },
  {
    name: "the page keeps a recipient to itself",
    file: "server/src/privacy/policy/tables.ts",
    find: 'told.map(one => recipients[one].name).join("; ")',
    replace: 'told.slice(1).map(one => recipients[one].name).join("; ")',
    why: "data would go to somebody whom the policy does not name for it",
  },
  {
    name: "any purpose may tell any recipient",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: 'if (most?.purposes.includes(purpose) !== true) throw new PermitError("wrong-recipient", purpose)',
    replace: "if (most === undefined) return",
    why: "data would go to somebody whom the policy does not name for it",
    noticedBy: nobodyElse,
  },
  {
    name: "a recipient may be told any field",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "if (fields.length === 0 || !fields.every(field => most.fields.includes(field)))",
    replace: "if (fields.length === 0)",
    why: "a recipient would get more than the policy says",
    noticedBy: nobodyElse,
  },
  {
    name: "what is told is not counted",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "      counters.get(recipient)?.add()\n",
    replace: "",
    why: "nobody could see how much goes to whom",
    noticedBy: counted,
  },
  {
    name: "the page says that everything is kept for a day",
    file: "server/src/privacy/policy/tables.ts",
    find: '["Kept", found.kept.join("; ")]',
    replace: '["Kept", "1 day"]',
    why: "the policy would say something else than the rules of the database",
  },
  {
    name: "only the first rule of each category is told",
    file: "server/src/privacy/policy/keeping-in-force.ts",
    find: "kept: [...new Set(those.map(one => one.retention))].sort(),",
    replace: "kept: those.slice(0, 1).map(one => one.retention),",
    why: "some of a category would be kept longer than the policy says",
  },
  {
    name: "what somebody wrote over a column's tag is told",
    file: "server/src/store/tags-in-place.ts",
    find: "if (altered.length === 0) return",
    replace: "if (altered.length >= 0) return",
    why: "whoever owns the database could have the policy say anything of how long things are kept",
  },
  {
    name: "the date is not on top",
    file: "server/src/doors/http/privacy-pages/policy-page.ts",
    find: ", in effect since ",
    replace: ", in effect after ",
    why: "nobody could tell since when the policy holds",
  },
  {
    name: "a sentence about what is switched off stays",
    file: "server/src/privacy/policy/write-document.ts",
    find: "one.needs.every(need => switchedOn.has(need))",
    replace: "one.needs.every(need => switchedOn.has(need) || need.length > 0)",
    why: "the policy would promise what this server does not do",
  },
]
