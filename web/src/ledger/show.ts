/** Puts verdicts and events on the page. Text goes in as text, never as markup. */
import type { ProvenEvent } from "../../../server/src/privacy/ledger/proof-file.ts"
import type { CheckedFile } from "./check-file.ts"
import type { EventVerdict } from "./check-proof.ts"
import type { ProofHead } from "./read-proof-file.ts"
import { faults, refusals, tellEvent } from "./words.ts"

type Child = Node | string

/** Up to so many entries, those that did not pass are easily found among the others. */
const wrongAlone = 200

/** An element with a class and children. */
export function make(tag: string, className: string, ...children: readonly Child[]): HTMLElement {
  const element = document.createElement(tag)
  if (className !== "") element.className = className
  element.append(...children)
  return element
}

export function verdictOf(checked: CheckedFile): HTMLElement {
  const { head, entries, size, locked, altered, key, checker } = checked
  // Those that the sign-in did not open, and those that were altered, have their numbers too.
  const lacking = Math.max(0, checker.lacking() - locked - altered)
  const box =
    entries.wrong > 0
      ? make("div", "broken", make("h2", "", "This file does not hold"), ...wrongOf(checked))
      : make(
          "div",
          altered > 0 ? "broken" : "holds",
          make("h2", "", holding(checked)),
          make("p", "", `${count(entries.count, "entry", "entries")} checked, each as the ledger holds it.`),
        )
  box.append(
    make(
      "p",
      "",
      `For ${head.address}, made ${when(head.madeAt)}. The ledger had ${count(size, "entry", "entries")} in all.`,
    ),
  )
  if (locked > 0)
    box.append(
      make(
        "p",
        "",
        `${count(locked, "entry is", "entries are")} from before your password was reset: they are in the ledger, and this sign-in could not open them.`,
      ),
    )
  if (altered > 0) box.append(make("p", "", alteredNote(altered)))
  return make("div", "", box, ...(lacking > 0 ? [lackNote(lacking)] : []), keyNote(head, key))
}

function holding({ entries, altered }: CheckedFile): string {
  if (altered > 0) return "What is in this file holds, but it is not all"
  return entries.count === 0
    ? "The ledger is signed, and has no entry of yours"
    : "Everything in this file holds"
}

/** What the server says against itself; who made the file without it is told on by the numbers. */
function alteredNote(altered: number): string {
  return `${count(altered, "entry", "entries")} about you ${altered === 1 ? "is" : "are"} not in this file: the server found ${altered === 1 ? "it" : "them"} changed or gone when it wrote the file. Somebody changed its database. Ask whoever runs the server; ./letterkeep ledger verify says which.`
}

/** Their numbers tell: whoever has the database can take an entry from a person, and not the gap that it leaves. */
function lackNote(lacking: number): HTMLElement {
  const said = `${count(lacking, "entry", "entries")} about you ${lacking === 1 ? "is" : "are"} missing here: the numbers of the others leave a gap. Ask whoever runs the server; ./letterkeep ledger verify says which.`
  return make("div", "warns", make("p", "", said))
}

/** In a long list nobody would find them. */
function wrongOf({ entries, wrong }: CheckedFile): readonly HTMLElement[] {
  const said = `${count(entries.wrong, "entry", "entries")} of ${entries.count.toLocaleString()} did not pass. They are marked below.`
  if (entries.count <= wrongAlone) return [make("p", "", said)]
  const first =
    entries.wrong > wrong.length
      ? `The first ${wrong.length} of them`
      : count(wrong.length, "entry", "entries")
  const items = wrong.map(({ event, verdict }) => eventItem(event, verdict))
  return [
    make("p", "", said),
    make("details", "", make("summary", "", `What did not pass: ${first}`), make("ol", "events", ...items)),
  ]
}

export function refusal(why: keyof typeof refusals): HTMLElement {
  return make("div", "broken", make("h2", "", "This file does not hold"), make("p", "", refusals[why]))
}

function keyNote({ verifierKey }: ProofHead, key: "known" | "as-the-file-says"): HTMLElement {
  const said =
    key === "known"
      ? "Signed by the server that gave you this page, with the key"
      : "Signed with the key below, which only the file itself names. Compare it with the one that your server prints (./letterkeep ledger verify):"
  return make("div", key === "known" ? "quiet" : "warns", make("p", "", said), make("pre", "", verifierKey))
}

export function eventItem(event: ProvenEvent, verdict: EventVerdict): HTMLElement {
  const told = tellEvent(event.detail)
  const isProven = verdict.kind === "proven"
  const mark = isProven ? "✓ In the ledger" : `✗ ${faults[verdict.why]}`
  const facts = make(
    "details",
    "",
    make("summary", "", `Technical facts of entry ${event.leaf}`),
    factsOf(event),
  )
  return make(
    "li",
    isProven ? "proven" : "broken",
    make("h3", "", told.title),
    make("p", "mark", mark),
    make("p", "quiet", told.at === undefined ? "At a time that is not said" : when(told.at)),
    ...told.lines.map(line => make("p", "", line)),
    facts,
  )
}

function factsOf({ leaf, data, detail, salt, path }: ProvenEvent): HTMLElement {
  const facts = {
    "Number in the ledger": String(leaf),
    "Leaf, as everybody sees it": data,
    "Detail, which the leaf commits to": detail,
    "Salt (base64)": salt,
    "Hashes from the leaf to the root (base64)":
      path.length === 0 ? "none: it is the only leaf" : path.join("\n"),
  }
  const list = make("dl", "")
  for (const [name, value] of Object.entries(facts))
    list.append(make("dt", "", name), make("dd", "", make("pre", "", value)))
  return list
}

/** Date and time where the reader is, with the zone; the text itself when it is no time. */
function when(iso: string): string {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return iso
  return time.toLocaleString(undefined, {
    ...{ year: "numeric", month: "long", day: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
  })
}

const count = (number: number, one: string, many: string): string =>
  `${number.toLocaleString()} ${number === 1 ? one : many}`
