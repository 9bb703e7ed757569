/**
 * The messages of one term, field by field, while a merge writes it. The same memory serves term after term: a segment
 * has tens of thousands of them, most with one message.
 */

/** Fields of a dictionary, at most. */
export const fieldsOfDictionary = 8

export interface TermPostings {
  /** Ascending within a field. */
  add(field: number, ordinal: number): void
  clear(): void
  /** A bit for each field with messages. */
  readonly fields: number
  count(field: number): number
  /** As many of them as `count` says hold until the next `clear`. */
  ordinals(field: number): Uint32Array
}

export function createTermPostings(): TermPostings {
  const lists = Array.from({ length: fieldsOfDictionary }, () => new Uint32Array(16))
  const counts = new Uint32Array(fieldsOfDictionary)
  let fields = 0
  const listOf = (field: number): Uint32Array => {
    const list = lists[field]
    if (list === undefined) throw new RangeError(`not a field of a dictionary: ${field}`)
    return list
  }
  return {
    add(field, ordinal) {
      let list = listOf(field)
      const count = counts[field] ?? 0
      if (count === list.length) {
        const larger = new Uint32Array(count * 4)
        larger.set(list)
        lists[field] = larger
        list = larger
      }
      list[count] = ordinal
      counts[field] = count + 1
      fields |= 1 << field
    },
    clear() {
      counts.fill(0)
      fields = 0
    },
    get fields() {
      return fields
    },
    count: field => counts[field] ?? 0,
    ordinals: listOf,
  }
}
