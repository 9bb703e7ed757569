/** What somebody did to a list of leaves, as far as two states of it tell. */
export type Change = "grown" | "edited" | "dropped" | "reordered" | "rolled-back"

/** `before` and `now` hold the hashes of all leaves in order. */
export function whatChanged(before: readonly Uint8Array[], now: readonly Uint8Array[]): Change {
  const [old, current] = [before.map(toHex), now.map(toHex)]
  const at = old.findIndex((hash, index) => hash !== current[index])
  if (at < 0) return "grown"
  if (at >= current.length) return "rolled-back"
  const has = new Set(current)
  const isAllThere = old.every(hash => has.has(hash))
  if (isAllThere) return "reordered"
  // A leaf that was dropped has pulled the ones behind it forward; one that was edited has left them where they are.
  const missing = old.findIndex(hash => !has.has(hash))
  const behind = old[missing + 1]
  const isPulled = behind === undefined ? current.length < old.length : current[missing] === behind
  return isPulled ? "dropped" : "edited"
}

const toHex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex")
