/**
 * Where one text first stands in another. Short keys go to the engine's own search, whose worst case is the product of
 * both lengths; long ones to Knuth, Morris and Pratt's, which looks at each unit a bounded number of times.
 */
const shortKey = 64

/** -1 where it stands nowhere at or behind `from`. */
export function find(text: string, key: string, from: number): number {
  return key.length <= shortKey ? text.indexOf(key, from) : findLong(text, key, from)
}

function findLong(text: string, key: string, from: number): number {
  if (text.length - from < key.length) return -1
  const borders = bordersOf(key)
  let matched = 0
  for (let at = from; at < text.length; at += 1) {
    while (matched > 0 && text.charCodeAt(at) !== key.charCodeAt(matched)) matched = borders[matched - 1] ?? 0
    if (text.charCodeAt(at) === key.charCodeAt(matched)) matched += 1
    if (matched === key.length) return at - key.length + 1
  }
  return -1
}

/** For each beginning of the key: the length of its longest proper beginning that it also ends with. */
function bordersOf(key: string): Int32Array {
  const borders = new Int32Array(key.length)
  let length = 0
  for (let at = 1; at < key.length; at += 1) {
    while (length > 0 && key.charCodeAt(at) !== key.charCodeAt(length)) length = borders[length - 1] ?? 0
    if (key.charCodeAt(at) === key.charCodeAt(length)) length += 1
    borders[at] = length
  }
  return borders
}
