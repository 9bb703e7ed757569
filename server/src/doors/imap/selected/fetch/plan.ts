/**
 * What a FETCH asks for, sorted by what it costs: what the rows say, what the index says, what only bodies say.
 *
 *     msg-att = "(" (msg-att-dynamic / msg-att-static) *(SP (msg-att-dynamic / msg-att-static)) ")"     RFC 9051 §9
 *
 * In a response the items stand in this order whatever order they were asked in, each once.
 */
import { astring, type FetchItem, type Partial, type PartPath, type Section } from "@letterkeep/imap"

export type RowItem =
  | "UID"
  | "FLAGS"
  | "INTERNALDATE"
  | "RFC822.SIZE"
  | "MODSEQ"
  | "EMAILID"
  | "THREADID"
  | "SAVEDATE"

export type SummaryItem = "ENVELOPE" | "BODYSTRUCTURE" | "BODY" | "PREVIEW"

/** `label`: the item's name in the response. */
export type Content =
  | {
      readonly kind: "section"
      readonly label: string
      readonly section: Section
      readonly partial: Partial | undefined
    }
  | {
      readonly kind: "binary"
      readonly label: string
      readonly part: PartPath
      readonly partial: Partial | undefined
    }
  | { readonly kind: "binary-size"; readonly label: string; readonly part: PartPath }

export interface FetchPlan {
  readonly rowItems: ReadonlySet<RowItem>
  readonly summaryItems: ReadonlySet<SummaryItem>
  readonly contents: readonly Content[]
  /** Something is asked for without PEEK (RFC 9051 §6.4.5). */
  readonly marksSeen: boolean
}

export interface PlanContext {
  /** UID FETCH: UID is told, asked for or not (RFC 9051 §6.4.9). */
  readonly uid: boolean
  /** CHANGEDSINCE asks for MODSEQ too (RFC 7162 §3.1.4.1). */
  readonly changedSince: boolean
}

export function planFetch(items: readonly FetchItem[], { uid, changedSince }: PlanContext): FetchPlan {
  const rowItems = new Set<RowItem>()
  const summaryItems = new Set<SummaryItem>()
  const contents = new Map<string, Content>()
  let marksSeen = false
  const add = (content: Content, seen: boolean): void => {
    contents.set(contentKey(content), content)
    if (seen) marksSeen = true
  }
  if (uid) rowItems.add("UID")
  if (changedSince) rowItems.add("MODSEQ")
  for (const item of items) {
    switch (item.kind) {
      case "ENVELOPE":
      case "BODYSTRUCTURE":
      case "BODY":
      case "PREVIEW":
        summaryItems.add(item.kind)
        break
      case "RFC822":
        add(asSection("RFC822", whole), true)
        break
      case "RFC822.HEADER":
        // RFC 3501 §6.4.5: equal to BODY.PEEK[HEADER], but for its name.
        add(asSection("RFC822.HEADER", header), false)
        break
      case "RFC822.TEXT":
        add(asSection("RFC822.TEXT", text), true)
        break
      case "BODY[]":
        add(
          {
            kind: "section",
            label: `BODY[${sectionText(item.section)}]${origin(item.partial)}`,
            section: item.section,
            partial: item.partial,
          },
          !item.peek,
        )
        break
      case "BINARY[]":
        add(
          {
            kind: "binary",
            label: `BINARY[${item.part.join(".")}]${origin(item.partial)}`,
            part: item.part,
            partial: item.partial,
          },
          !item.peek,
        )
        break
      case "BINARY.SIZE[]":
        add({ kind: "binary-size", label: `BINARY.SIZE[${item.part.join(".")}]`, part: item.part }, false)
        break
      default:
        rowItems.add(item.kind)
    }
  }
  return { rowItems, summaryItems, contents: [...contents.values()], marksSeen }
}

const whole: Section = { part: [], what: "whole", fields: [] }
const header: Section = { part: [], what: "HEADER", fields: [] }
const text: Section = { part: [], what: "TEXT", fields: [] }

function asSection(label: string, section: Section): Content {
  return { kind: "section", label, section, partial: undefined }
}

/** The same octets of the same part twice are told once; a response cannot tell two lengths from one origin apart. */
function contentKey(content: Content): string {
  const count = content.kind === "binary-size" ? undefined : content.partial?.count
  return count === undefined ? content.label : `${content.label} ${count}`
}

/** The response names the origin alone (RFC 9051 §7.5.2). */
function origin(partial: Partial | undefined): string {
  return partial === undefined ? "" : `<${partial.offset}>`
}

function sectionText({ part, what, fields }: Section): string {
  const number = part.join(".")
  if (what === "whole") return number
  const list = fields.length === 0 ? "" : ` (${fields.map(astring).join(" ")})`
  return `${number === "" ? "" : `${number}.`}${what}${list}`
}
