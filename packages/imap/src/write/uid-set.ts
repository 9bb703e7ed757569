/**
 *     uid-set = (uniqueid / uid-range) ["," uid-set]           RFC 9051 §9; of message numbers it is a sequence-set
 *
 * `numbers` ascend; runs are written as ranges. It has at least one number: the grammar knows no empty set.
 */
export function writeUidSet(numbers: Iterable<number>): string {
  return writeRuns(ascending(numbers))
}

/**
 * The same in any order, which the set keeps: each number that is one more than that before it prolongs a range
 * (RFC 5267 §3, ALL of a SORT).
 */
export function writeRuns(numbers: Iterable<number>): string {
  let set = ""
  let first = 0
  let last = -1
  const end = (): void => {
    if (last === -1) return
    if (set !== "") set += ","
    set += first === last ? `${first}` : `${first}:${last}`
  }
  for (const number of numbers) {
    if (number !== last + 1 || last === -1) {
      end()
      first = number
    }
    last = number
  }
  end()
  if (set === "") throw new RangeError("an empty set")
  return set
}

function* ascending(numbers: Iterable<number>): Generator<number> {
  let last = -1
  for (const number of numbers) {
    if (number <= last) throw new RangeError(`a set does not ascend: ${number} after ${last}`)
    yield number
    last = number
  }
}
