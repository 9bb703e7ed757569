/**
 * What a message's content answers to the leaves of a plan: from its summary, from its header, or from all of it. The
 * less is opened the sooner; whoever does not hold what is asked for leaves the question open.
 */
import { readSentDate } from "@letterkeep/imap"
import {
  attachmentNames,
  decodeWords,
  envelopeTextOf,
  type Field,
  fieldText,
  foldText,
  scanMessage,
  splitFields,
  textOf,
} from "@letterkeep/mime"
import { type EnvelopeField, envelopeFields } from "../entry.ts"
import { foldedField, foldedText } from "../sealed-index/entry-texts.ts"
import type { IndexField, Summary } from "../sealed-index/index.ts"
import { holdsText } from "./holds-text.ts"
import type { Verdict } from "./judge.ts"
import type { Leaf } from "./plan.ts"

export type Answering = (leaf: Leaf) => Verdict

type TextLeaf = Extract<Leaf, { kind: "text" }>
type SentLeaf = Extract<Leaf, { kind: "sent" }>

/** `onOpen` is told of each leaf that a summary cannot answer. */
export function summaryAnswers(summary: Summary, onOpen: (leaf: Leaf) => void): Answering {
  const envelope = summary.fields()
  const holds = (field: IndexField, text: string): boolean => {
    const structure = field === "attachment" ? summary.structure() : noStructure
    return foldedText({ envelope, structure, text: "", cut: summary.cut }, field).includes(text)
  }
  const verdictOf = (leaf: Leaf): Verdict => {
    if (leaf.kind === "text") {
      if (leaf.fields.some(field => field !== "body" && holds(field, leaf.text))) return "yes"
      return summary.cut || leaf.fields.includes("body") ? "open" : "no"
    }
    if (leaf.kind === "header") return "open"
    const { date = "" } = envelope
    return date === "" && summary.cut ? "open" : isSent(date, leaf)
  }
  return leaf => {
    const verdict = verdictOf(leaf)
    if (verdict === "open") onOpen(leaf)
    return verdict
  }
}

/** A header answers this leaf whole. */
export function isOfHeader(leaf: Leaf): boolean {
  return leaf.kind !== "text" || !leaf.fields.some(field => field === "body" || field === "attachment")
}

/** `header`: from the first octet of the message on, at least up to its empty line. */
export function headerAnswers(header: Buffer): Answering {
  return answersOf(header, splitFields(header).fields, () => "open")
}

/** `message`: the whole of it, with what was written above it. */
export function messageAnswers(message: Buffer): Answering {
  const scan = scanMessage(message)
  let text: string | undefined
  let names: string | undefined
  return answersOf(message, scan.root.fields, leaf => {
    if (leaf.fields.includes("attachment")) {
      names ??= foldText(attachmentNames(scan).join("\n"))
      if (names.includes(leaf.text)) return "yes"
    }
    if (!leaf.fields.includes("body")) return "no"
    text ??= textOf(scan, Number.POSITIVE_INFINITY)
    return holdsText(text, leaf.text) ? "yes" : "no"
  })
}

function answersOf(bytes: Buffer, fields: readonly Field[], inBody: (leaf: TextLeaf) => Verdict): Answering {
  const envelope = envelopeTextOf(bytes, fields, envelopeFields)
  const holds = (field: EnvelopeField, text: string): boolean =>
    foldedField(field, envelope[field] ?? "", true).includes(text)
  return leaf => {
    switch (leaf.kind) {
      case "text":
        if (leaf.fields.some(field => isHeld(field) && holds(field, leaf.text))) return "yes"
        return leaf.fields.every(isHeld) ? "no" : inBody(leaf)
      case "header":
        return fields.some(field => field.name === leaf.field && isIn(fieldText(bytes, field), leaf.text))
          ? "yes"
          : "no"
      case "sent":
        return isSent(envelope.date ?? "", leaf)
    }
  }
}

function isIn(value: string, text: string): boolean {
  return foldText(decodeWords(value)).includes(text)
}

function isHeld(field: IndexField): field is Exclude<IndexField, "body" | "attachment"> {
  return field !== "body" && field !== "attachment"
}

/** By the time that the sender's clock showed, its zone left aside (RFC 9051 §6.4.4, SENTON). Without a date: no. */
function isSent(date: string, { from, before }: SentLeaf): Verdict {
  const sent = readSentDate(date)
  if (sent === undefined) return "no"
  const shown = sent.ms + sent.offsetMinutes * 60_000
  return shown >= from && shown < before ? "yes" : "no"
}

/** In the place of one that is not asked. */
const noStructure: ReturnType<Summary["structure"]> = {
  type: "text",
  subtype: "plain",
  parameters: [],
  encoding: "7bit",
  disposition: undefined,
  id: undefined,
  description: undefined,
  md5: undefined,
  languages: [],
  location: undefined,
  start: 0,
  bodyStart: 0,
  octets: 0,
  lines: 0,
  envelope: undefined,
  parts: [],
}
