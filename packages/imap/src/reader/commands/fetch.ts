import type { FetchItem } from "../../fetch-item.ts"
import type { Decoder } from "../decoder.ts"
import { fetchItem } from "../grammar/fetch-item.ts"
import { sequenceSet } from "../grammar/sequence-set.ts"
import type { Parser } from "./index.ts"

/**
 * RFC 9051 §9, RFC 7162 §7:
 *
 *     fetch     = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att /
 *                 "(" fetch-att *(SP fetch-att) ")") [SP "(" modifier *(SP modifier) ")"]
 *     modifier  = "CHANGEDSINCE" SP mod-sequence-value / "VANISHED"
 */
export function fetchMessages(uid: boolean): Parser {
  return d => {
    d.sp("FETCH")
    const set = sequenceSet(d, "FETCH")
    d.sp("the messages")
    const items = itemsOf(d)
    const { changedSince, vanished } = d.maybe(" ") ? modifiers(d) : none
    // RFC 7162 §3.2.6: VANISHED stands beside CHANGEDSINCE, and in UID FETCH alone
    if (vanished && (!uid || changedSince === undefined)) {
      throw d.expected("UID FETCH with CHANGEDSINCE where VANISHED is asked for")
    }
    return { name: "FETCH", messages: { uid, set }, items, changedSince, vanished }
  }
}

interface Modifiers {
  readonly changedSince: number | undefined
  readonly vanished: boolean
}

const none: Modifiers = { changedSince: undefined, vanished: false }

/** RFC 9051 §6.4.5. */
const fast: readonly FetchItem[] = [{ kind: "FLAGS" }, { kind: "INTERNALDATE" }, { kind: "RFC822.SIZE" }]
const all: readonly FetchItem[] = [...fast, { kind: "ENVELOPE" }]
const macros = { ALL: all, FAST: fast, FULL: [...all, { kind: "BODY" }] } as const

function itemsOf(d: Decoder): readonly FetchItem[] {
  if (d.peek() === "(") return d.list(() => fetchItem(d), "items", { least: 1 })
  for (const name of ["ALL", "FAST", "FULL"] as const) {
    if (!d.sees(name)) continue
    d.oneOf([name], name)
    return macros[name]
  }
  return [fetchItem(d)]
}

function modifiers(d: Decoder): Modifiers {
  let { changedSince, vanished } = none
  const one = (): void => {
    if (d.oneOf(["CHANGEDSINCE", "VANISHED"], "CHANGEDSINCE or VANISHED") === "VANISHED") {
      vanished = true
      return
    }
    d.sp("CHANGEDSINCE")
    changedSince = d.number64("a mod-sequence", "CHANGEDSINCE") // 0, which the grammar leaves out, asks for all
  }
  d.list(one, "modifiers", { least: 1, after: "the items" })
  return { changedSince, vanished }
}
