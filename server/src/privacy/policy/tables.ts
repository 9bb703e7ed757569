import { type Category, categories, covered, isCategory } from "./categories.ts"
import { cookies } from "./cookies.ts"
import type { Statement } from "./document.ts"
import { purposesInForce, recipientsInForce, type SwitchedOn, sentenceOf, toldBy } from "./in-force.ts"
import { bases, purposes } from "./purposes.ts"
import { recipients } from "./recipients.ts"
import type { Purpose } from "./registry.ts"
import { grounds, type Where } from "./transfers.ts"

/** The tables of the policy as statements: the very data that the gate and `disclose` are ruled by, in words. */

/** What the tags of the columns that hold a category say. */
export interface Keeping {
  readonly kept: readonly string[]
  readonly erasedWith: readonly string[]
}

/** Throws where a category that is stored has no column: the page would have nothing true to say. */
export function collected(
  keeping: ReadonlyMap<string, Keeping>,
  switchedOn: SwitchedOn,
): readonly Statement[] {
  return Object.keys(categories)
    .filter(isCategory)
    .map(key => {
      const { name, about, held } = categories[key]
      return {
        id: key,
        term: capital(name),
        text: about,
        facts: [...keptFacts(key, held, keeping), ["Used for", usedFor(key, switchedOn)]],
        source: "columns" as const,
        promises: ["POL-1"],
      }
    })
}

function keptFacts(
  key: Category,
  held: "stored" | "passing",
  keeping: ReadonlyMap<string, Keeping>,
): [string, string][] {
  if (held === "passing") return [["Kept", "not at all: it passes through memory"]]
  const found = keeping.get(key)
  if (found === undefined) throw new Error(`no column of the database holds ${key}`)
  return [
    ["Kept", found.kept.join("; ")],
    ["Erased with", found.erasedWith.map(way => way.replace(/^row\b/, "its row in the database")).join("; ")],
  ]
}

function usedFor(key: Category, switchedOn: SwitchedOn): string {
  const names = purposesInForce(switchedOn)
    .filter(id => opens(id).includes(key))
    .map(id => purposes[id].name)
  return names.join("; ") || "nothing but being kept"
}

/** The categories that a permit for this purpose opens. */
export function opens(purpose: Purpose): readonly Category[] {
  return covered(purposes[purpose].categories)
}

export function usedForWhat(switchedOn: SwitchedOn): readonly Statement[] {
  return purposesInForce(switchedOn).map(id => {
    const { name, basis } = purposes[id]
    const told = toldBy(id, switchedOn)
    return {
      id,
      term: capital(name),
      text: sentenceOf(id, switchedOn),
      facts: [
        ["Why we may", bases[basis].sentence],
        [
          "Opens",
          opens(id)
            .map(key => categories[key].name)
            .join("; "),
        ],
        ["Goes to", told.map(one => recipients[one].name).join("; ") || "nobody outside"],
        ["In the program", id],
      ],
      source: "rules" as const,
      promises: ["POL-1"],
    }
  })
}

/** The tables say what may be agreed, and the operator agrees and ends between two versions of the policy. */
const atMost =
  "This is the most that may go there. What the operator has agreed may be less, or have ended: then less goes, or nothing."

export function whoGetsIt(switchedOn: SwitchedOn): readonly Statement[] {
  return recipientsInForce(switchedOn).map(id => {
    const { name, sentence, fields, where, agreement } = recipients[id]
    return {
      id,
      term: name,
      text: sentence,
      facts: [
        ["Gets", fields.map(key => categories[key].name).join("; ")],
        [
          "For",
          purposesInForce(switchedOn)
            .filter(purpose => toldBy(purpose, switchedOn).includes(id))
            .map(purpose => purposes[purpose].name)
            .join("; "),
        ],
        ...whereFacts(where),
        ["Agreement", agreement],
        ["At most", atMost],
      ],
      source: "rules" as const,
      promises: ["POL-6", "SHARE-8"],
    }
  })
}

function whereFacts(where: Where): [string, string][] {
  switch (where.kind) {
    case "this-machine":
      return [["Country", "none: it stays on this machine"]]
    case "countries":
      return [
        ["Country", where.countries.map(countryName).join("; ")],
        ["Ground", grounds[where.ground]],
      ]
    case "anywhere":
      return [
        ["Country", `any. ${where.why}`],
        ["Ground", grounds[where.ground]],
      ]
  }
}

const names = new Intl.DisplayNames("en", { type: "region" })

function countryName(code: string): string {
  return `${names.of(code) ?? code} (${code})`
}

export function kept(): readonly Statement[] {
  if (cookies.length === 0)
    return [
      {
        id: "cookies.none",
        term: "",
        text: "This server sets no cookies, and its pages keep nothing in your browser.",
        facts: [],
        source: "rules" as const,
        promises: [],
      },
    ]
  return cookies.map(({ name, sentence, lasts, isNeeded }) => ({
    id: `cookies.${name}`,
    term: name,
    text: sentence,
    facts: [
      ["Kept", `${Math.ceil(lasts / 86_400_000)} days`],
      ["Needed", isNeeded ? "yes" : "no: you can refuse it"],
    ],
    source: "rules" as const,
    promises: [],
  }))
}

function capital(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
}
