/**
 * SORT (RFC 5256 §3): messages come one by one, what the keys need of each is kept in columns, and their order comes
 * out. 100,000 messages are sorted in a fraction of a second.
 */
import { type EnvelopeText, parseAddressList } from "@letterkeep/mime"
import type { SortField, SortKey } from "../command.ts"
import { baseSubject } from "./base-subject.ts"
import { compareText, orderText } from "./compare.ts"
import { sentDate } from "./sent-date.ts"

export interface SortMessage {
  /** What is answered: the message's number or UID. Where all keys are the same, they decide, ascending. */
  readonly number: number
  /** INTERNALDATE, in milliseconds. */
  readonly arrival: number
  readonly size: number
  /** Only read where `needsEnvelope`. */
  readonly envelope: EnvelopeText
}

/** Do these keys look into the messages? Otherwise `envelope` may be {}. */
export function needsEnvelope(by: readonly SortKey[]): boolean {
  return by.some(({ field }) => field !== "ARRIVAL" && field !== "SIZE")
}

export interface Sorter {
  add(message: SortMessage): void
  /** The numbers in order. */
  sorted(): readonly number[]
}

type Column = (one: number, other: number) => number

export function createSorter(by: readonly SortKey[]): Sorter {
  const numbers: number[] = []
  const columns = by.map(key => ({ ...key, ...columnOf(key.field) }))
  return {
    add(message) {
      numbers.push(message.number)
      for (const column of columns) column.add(message)
    },
    sorted() {
      const compare = (one: number, other: number): number => {
        for (const column of columns) {
          const order = column.compare(one, other)
          if (order !== 0) return column.reverse ? -order : order
        }
        return (numbers[one] ?? 0) - (numbers[other] ?? 0)
      }
      const places = numbers.map((_, place) => place).sort(compare)
      return places.map(place => numbers[place] ?? 0)
    },
  }
}

function columnOf(field: SortField): { add(message: SortMessage): void; compare: Column } {
  switch (field) {
    case "ARRIVAL":
      return numberColumn(message => message.arrival)
    case "SIZE":
      return numberColumn(message => message.size)
    case "DATE":
      return numberColumn(({ envelope, arrival }) => sentDate(envelope.date, arrival))
    case "SUBJECT":
      return textColumn(({ envelope }) => baseSubject(envelope.subject ?? "").base)
    case "FROM":
      return textColumn(({ envelope }) => firstMailbox(envelope.from))
    case "TO":
      return textColumn(({ envelope }) => firstMailbox(envelope.to))
    case "CC":
      return textColumn(({ envelope }) => firstMailbox(envelope.cc))
  }
}

function numberColumn(valueIn: (message: SortMessage) => number) {
  const values: number[] = []
  return {
    add: (message: SortMessage): void => void values.push(valueIn(message)),
    compare: (one: number, other: number) => (values[one] ?? 0) - (values[other] ?? 0),
  }
}

function textColumn(valueIn: (message: SortMessage) => string) {
  const values: string[] = []
  return {
    add: (message: SortMessage): void => void values.push(orderText(valueIn(message))),
    compare: (one: number, other: number) => compareText(values[one] ?? "", values[other] ?? ""),
  }
}

/** addr-mailbox of the first address as ENVELOPE has it: of a group it is the group's name (RFC 9051 §7.5.2). */
function firstMailbox(list: string | undefined): string {
  const [first] = parseAddressList(list ?? "")
  if (first === undefined) return ""
  return first.kind === "group" ? first.name : first.local
}
