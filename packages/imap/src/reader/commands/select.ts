import type { Qresync, SelectOptions } from "../../command.ts"
import type { Decoder } from "../decoder.ts"
import { mailbox } from "../grammar/mailbox.ts"
import { knownSet } from "../grammar/sequence-set.ts"
import type { Parser } from "./index.ts"

/**
 * RFC 9051 §9, RFC 7162 §7:
 *
 *     select         = ("SELECT" / "EXAMINE") SP mailbox [SP "(" select-param *(SP select-param) ")"]
 *     select-param   = "CONDSTORE" / "QRESYNC" SP "(" uidvalidity SP mod-sequence-value
 *                      [SP known-uids] [SP seq-match-data] ")"
 *     seq-match-data = "(" known-sequence-set SP known-uid-set ")"
 */
export function select(name: "SELECT" | "EXAMINE"): Parser {
  return d => {
    d.sp(name)
    const from = mailbox(d, name)
    return {
      name,
      mailbox: from,
      options: d.maybe(" ") ? options(d) : { condstore: false, qresync: undefined },
    }
  }
}

function options(d: Decoder): SelectOptions {
  let condstore = false
  let qresync: Qresync | undefined
  const one = (): void => {
    if (d.oneOf(["CONDSTORE", "QRESYNC"], "CONDSTORE or QRESYNC") === "CONDSTORE") condstore = true
    else qresync = qresyncOf(d)
  }
  d.list(one, "parameters", { least: 1 })
  return { condstore, qresync }
}

function qresyncOf(d: Decoder): Qresync {
  d.sp("QRESYNC")
  d.take("(", "QRESYNC")
  const uidValidity = d.number("a UIDVALIDITY", "QRESYNC (", 1)
  d.sp("UIDVALIDITY")
  const modseq = d.number64("a mod-sequence", "UIDVALIDITY") // 0, which the grammar leaves out, asks for all changes
  let more = d.maybe(" ")
  const knownUids = more && d.peek() !== "(" ? knownSet(d, "the mod-sequence") : undefined
  if (knownUids !== undefined) more = d.maybe(" ")
  const known = more ? sequenceMatch(d) : undefined
  d.take(")", "QRESYNC (")
  return { uidValidity, modseq, knownUids, known }
}

function sequenceMatch(d: Decoder): NonNullable<Qresync["known"]> {
  d.take("(", "the known UIDs")
  const numbers = knownSet(d, "(")
  d.sp("the message numbers")
  const uids = knownSet(d, "the message numbers")
  d.take(")", "the UIDs")
  return { numbers, uids }
}
