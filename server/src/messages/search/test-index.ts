/**
 * A stand-in for the sealed index in tests of the search: it keeps the contract and no more. What matches is `sure` or
 * `perhaps` as chance has it, some that do not match are `perhaps` too, and some summaries say that they are cut and
 * hold less than all.
 */
import { bodyPartOf, writeBody, writeBodyStructure, writeEnvelope } from "@letterkeep/imap"
import { scanMessage } from "@letterkeep/mime"
import { personal } from "../../privacy/index.ts"
import { asId, type EmailId } from "../../store/index.ts"
import { type Entry, prepareEntry, readEntry } from "../entry.ts"
import type { MessageRow } from "../mail.ts"
import { foldedText } from "../sealed-index/entry-texts.ts"
import type { AccountIndex, FindOptions, Found, Question, Summary } from "../sealed-index/index.ts"

export interface IndexedMessage {
  readonly row: MessageRow
  /** The message as it was kept; what was written above it is `traceBytes` long. */
  readonly bytes: Buffer
  readonly traceBytes: number
}

export function looseIndex(
  messages: readonly IndexedMessage[],
  chance: () => number,
): Pick<AccountIndex, "findEach" | "summaries"> {
  const entries = new Map(messages.map(message => [message.row.email, entryOf(message)]))
  const emails = [...entries.keys()].sort((one, other) => one - other)
  return {
    async findEach(questions, { among } = {}) {
      return questions.map(question => answerTo(question, among))
    },
    async *summaries(wanted) {
      for (let at = 0; at < wanted.length; at += 3)
        yield wanted.slice(at, at + 3).map(email => {
          const entry = entries.get(email)
          return entry === undefined
            ? undefined
            : personal("user.content.private.mail", summaryOf(email, entry, chance() < 0.2))
        })
    },
  }

  function answerTo(question: Question, among: FindOptions["among"]): Found {
    const sure: number[] = []
    const perhaps: number[] = []
    for (const email of emails) {
      const entry = entries.get(email)
      if (entry === undefined || (among && (email < among.from || email > among.to))) continue
      const matches = isAnswer(entry.whole, question)
      if (matches && !entry.cut && chance() < 0.5) sure.push(email)
      else if (matches || entry.cut || chance() < 0.3) perhaps.push(email)
    }
    return { sure: Float64Array.from(sure), perhaps: Float64Array.from(perhaps) }
  }
}

function entryOf({ row, bytes, traceBytes }: IndexedMessage) {
  const scan = scanMessage(bytes.subarray(traceBytes))
  const whole = readEntry(prepareEntry(scan)(traceBytes, { kind: "none", reasons: [] }))
  return { whole, row, cut: whole.cut || whole.textCut, part: bodyPartOf(scan) }
}

function isAnswer(entry: Entry, question: Question): boolean {
  if ("headerName" in question) return entry.names.includes(question.headerName)
  return question.fields.some(field => foldedText(entry, field).includes(question.text))
}

function summaryOf(email: EmailId, { whole, row, part }: ReturnType<typeof entryOf>, cut: boolean): Summary {
  const { structure } = whole
  return {
    email: asId(email),
    bodyId: row.body,
    traceBytes: whole.traceBytes,
    messageBytes: whole.messageBytes,
    cut: whole.cut || cut,
    envelope: writeEnvelope(whole.envelope),
    bodyStructure: writeBodyStructure(part),
    body: writeBody(part),
    preview: whole.preview,
    fields: () => (cut ? {} : whole.envelope),
    structure: () => (cut ? { ...structure, parts: [], disposition: undefined } : structure),
    screening: () => whole.screening,
  }
}
