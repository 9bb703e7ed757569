import { type DnsAnswer, printable } from "@letterkeep/dns"
import type { DnsFinding, Topic } from "./facts.ts"

/** Findings of one topic, in the words that the files beside this one use. What the DNS said is printed safely. */
export interface Saying {
  well(says: string): DnsFinding
  may(says: string, todo: string): DnsFinding
  look(says: string, todo: string): DnsFinding
  wrong(says: string, todo: string): DnsFinding
  urgent(says: string, todo: string): DnsFinding
  /** The DNS did not answer for `name`. */
  unknown(name: string, answer: { readonly why: string }): DnsFinding
}

export function sayingOf(about: Topic): Saying {
  const finding = (state: DnsFinding["state"], says: string, todo?: string): DnsFinding => ({
    about,
    state,
    says: printable(says),
    ...(todo === undefined ? {} : { todo: printable(todo) }),
  })
  return {
    well: says => finding("well", says),
    may: (says, todo) => finding("may", says, todo),
    look: (says, todo) => finding("look", says, todo),
    wrong: (says, todo) => finding("wrong", says, todo),
    urgent: (says, todo) => finding("urgent", says, todo),
    unknown: (name, { why }) =>
      finding("unknown", `The DNS did not answer for ${name} (${why}): nothing can be said of it.`),
  }
}

/** What was found; empty where there is nothing, or no answer. */
export function recordsOf<T>(answer: DnsAnswer<T>): readonly T[] {
  return answer.kind === "found" ? answer.records : []
}

/** "a", "a and b", "a, b and c" */
export function joined(words: readonly string[]): string {
  const last = words.at(-1) ?? ""
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`
}

/** Names as the DNS compares them. */
export function isSameName(a: string, b: string): boolean {
  return bare(a) === bare(b)
}

const bare = (name: string): string => name.toLowerCase().replace(/\.$/, "")
