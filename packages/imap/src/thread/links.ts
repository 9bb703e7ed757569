/**
 * Which message answers which, by Message-ID, References and In-Reply-To: steps 1 to 3 of THREAD=REFERENCES
 * (RFC 5256 §3). Messages that are referred to and are not there are dummies until the tree is pruned of them.
 */
import { type EnvelopeText, messageIds } from "@letterkeep/mime"

/** Dummies held for one answer; identifiers beyond are left out of it. A stranger chooses them. */
const dummiesLimit = 500_000
/** Levels that are looked through for a loop; what lies deeper is not linked anew. */
const depthLimit = 10_000

export type LinkingText = EnvelopeText & { readonly references?: string | undefined }

export interface Family {
  /** Its place, in the order in which messages were added; undefined for a dummy. */
  readonly message: number | undefined
  /** Places of messages alone. */
  readonly children: readonly number[]
}

export interface Links {
  /** Messages come in ascending order of their numbers: of two with one Message-ID the first has it. */
  add(envelope: LinkingText): void
  pruned(): Pruned
}

/** What steps 2 and 3 leave: the first level, and the children of each message. */
export interface Pruned {
  readonly top: readonly Family[]
  readonly childrenOf: readonly (readonly number[])[]
}

const none = -1

export function createLinks(): Links {
  /** Of each node its parent, and the place of its message; nodes are messages and dummies. */
  const parents: number[] = []
  const places: number[] = []
  /** Who may have a common ancestor; joined by every link, and not parted when one is taken away. */
  const sets: number[] = []
  const nodes = new Map<string, number>()
  let messages = 0
  let dummies = 0

  const makeNode = (place: number): number => {
    sets.push(sets.length)
    places.push(place)
    return parents.push(none) - 1
  }
  const nodeOf = (id: string): number => {
    const known = nodes.get(id)
    if (known !== undefined) return known
    if (dummies >= dummiesLimit) return none
    dummies++
    const node = makeNode(none)
    nodes.set(id, node)
    return node
  }
  const setOf = (node: number): number => {
    let set = node
    for (let next = sets[set] ?? set; next !== set; next = sets[set] ?? set) {
      sets[set] = sets[next] ?? next
      set = next
    }
    return set
  }
  const makesLoop = (parent: number, child: number): boolean => {
    if (parent === child) return true
    if (setOf(parent) !== setOf(child)) return false
    let levels = 0
    for (let node = parent; node !== none; node = parents[node] ?? none)
      if (node === child || levels++ === depthLimit) return true
    return false
  }
  const link = (parent: number, child: number): void => {
    if (makesLoop(parent, child)) return
    parents[child] = parent
    sets[setOf(child)] = setOf(parent)
  }
  /** Its own node: that of its identifier, unless it has none or another message has it. */
  const claim = (place: number, id: string | undefined): number => {
    const known = id === undefined ? undefined : nodes.get(id)
    if (known !== undefined && places[known] === none) {
      places[known] = place
      dummies--
      return known
    }
    const node = makeNode(place)
    if (id !== undefined && known === undefined) nodes.set(id, node)
    return node
  }

  return {
    add(envelope) {
      // (1) A
      let last = none
      for (const id of referencesOf(envelope)) {
        const node = nodeOf(id)
        if (node === none) continue
        if (last !== none && parents[node] === none) link(last, node)
        last = node
      }
      // (1) B
      const [own] = identifiers(envelope["message-id"] ?? "")
      const node = claim(messages++, own)
      if (parents[node] === last) return
      parents[node] = none
      if (last !== none) link(last, node)
    },
    pruned: () => prune(parents, places, messages),
  }
}

/** RFC 5256 §3 (1): those of References, else the first of In-Reply-To. */
function referencesOf(envelope: LinkingText): readonly string[] {
  const references = identifiers(envelope.references ?? "")
  return references.length > 0 ? references : identifiers(envelope["in-reply-to"] ?? "").slice(0, 1)
}

/** RFC 5256 §3 (1): a quoted form is the same as one without quotes. */
function identifiers(text: string): readonly string[] {
  const ids = messageIds(text)
  return text.includes('"') ? ids.map(id => id.replace(/\\(.)|"/g, "$1")) : ids
}

/**
 * A dummy's children move up to where it was; to the first level only where it has one alone. So a message's parent is
 * the nearest message above it, and the dummies that stay are roots with two or more children.
 */
function prune(parents: readonly number[], places: readonly number[], messages: number): Pruned {
  /** Of dummies that have been passed: what `holderOf` answers. */
  const holders = new Map<number, number>()
  /** The nearest node at or above this one that holds a message, else its root. */
  const holderOf = (from: number): number => {
    const passed: number[] = []
    let node = from
    for (;;) {
      const known = holders.get(node)
      const parent = parents[node] ?? none
      if (known !== undefined) node = known
      else if (places[node] === none && parent !== none) {
        passed.push(node)
        node = parent
        continue
      }
      for (const each of passed) holders.set(each, node)
      return node
    }
  }
  const childrenOf: number[][] = Array.from({ length: messages }, () => [])
  const roots = new Map<number, number[]>()
  const top: Family[] = []
  for (const [node, place] of places.entries()) {
    if (place === none) continue
    const parent = parents[node] ?? none
    if (parent === none) {
      top.push({ message: place, children: childrenOf[place] ?? [] })
      continue
    }
    const holder = holderOf(parent)
    const above = places[holder] ?? none
    if (above !== none) childrenOf[above]?.push(place)
    else {
      const family = roots.get(holder)
      if (family === undefined) roots.set(holder, [place])
      else family.push(place)
    }
  }
  for (const family of roots.values()) {
    const [only] = family
    if (only !== undefined && family.length === 1)
      top.push({ message: only, children: childrenOf[only] ?? [] })
    else top.push({ message: undefined, children: family })
  }
  return { top, childrenOf }
}
