/**
 * THREAD=REFERENCES from the tree of links on: steps 4 to 6 of RFC 5256 §3. Threads of one base subject become one,
 * then all siblings are put in order of sending.
 */
import type { Pruned } from "./links.ts"
import { bySent, type Thread, type ThreadMessage } from "./thread.ts"

/** Dummies, which have no `of`, stand on the first level alone. */
interface Node extends Thread {
  readonly of: ThreadMessage | undefined
  readonly children: Node[]
}

/** A thread by its subject: that of its root, or of the first child of a dummy. */
interface Subject {
  readonly node: Node
  readonly first: ThreadMessage
}

/** `messages` in the order in which they were added to the links. */
export function threadByReferences(
  messages: readonly ThreadMessage[],
  { top, childrenOf }: Pruned,
): readonly Thread[] {
  const nodes = messages.map<Node>(of => ({ of, message: of.number, children: [] }))
  const nodesAt = (places: readonly number[]): Node[] => places.flatMap(place => nodes[place] ?? [])
  for (const [place, node] of nodes.entries())
    for (const child of nodesAt(childrenOf[place] ?? [])) node.children.push(child)
  const tops = top.flatMap(family =>
    family.message === undefined ? dummy(nodesAt(family.children)) : nodesAt([family.message]),
  )
  const merged = mergeSubjects(inOrder(tops)) // (4), (5)
  // (6): the order of siblings does not depend on what is below them.
  for (const node of nodes) sortChildren(node)
  for (const node of merged) if (node.of === undefined) sortChildren(node)
  return inOrder(merged).map(({ node }) => node)
}

function dummy(children: Node[]): Node {
  return { of: undefined, message: undefined, children }
}

/** The message itself, or of a dummy the child that was sent first. */
function firstOf(node: Node): ThreadMessage | undefined {
  if (node.of !== undefined) return node.of
  let first: ThreadMessage | undefined
  for (const { of } of node.children)
    if (of !== undefined && (first === undefined || bySent(of, first) < 0)) first = of
  return first
}

/** Siblings below the first level: there are no dummies among them. */
function sortChildren(node: Node): void {
  if (node.children.length < 2) return
  node.children.sort((one, other) =>
    one.of === undefined || other.of === undefined ? 0 : bySent(one.of, other.of),
  )
}

function inOrder(tops: readonly Node[]): readonly Subject[] {
  const subjects = tops.flatMap(node => {
    const first = firstOf(node)
    return first === undefined ? [] : { node, first }
  })
  return subjects.sort((one, other) => bySent(one.first, other.first))
}

/** Step 5: one thread for each base subject; those without one stay as they are. */
function mergeSubjects(subjects: readonly Subject[]): readonly Node[] {
  const table = new Map<string, Subject>()
  // (5) B
  for (const current of subjects) {
    const { subject } = current.first
    if (subject === "") continue
    const held = table.get(subject)
    if (held === undefined || replaces(current, held)) table.set(subject, current)
  }
  // (5) C
  const gone = new Set<Node>()
  const made: Node[] = []
  for (const { node, first } of subjects) {
    const held = first.subject === "" ? undefined : table.get(first.subject)
    if (held === undefined || held.node === node) continue
    gone.add(node)
    if (held.node.of === undefined) {
      for (const child of node.of === undefined ? node.children : [node]) held.node.children.push(child)
    } else if (first.isReplyOrForward && !held.first.isReplyOrForward) held.node.children.push(node)
    else {
      const both = dummy([node, held.node])
      gone.add(held.node)
      made.push(both)
      table.set(first.subject, { node: both, first: held.first })
    }
  }
  return [...subjects.map(({ node }) => node), ...made].filter(node => !gone.has(node))
}

/** RFC 5256 §3 (5) B iv: a dummy before a message, what begins a thread before what answers. */
function replaces(current: Subject, held: Subject): boolean {
  if (held.node.of === undefined) return false
  return current.node.of === undefined || (held.first.isReplyOrForward && !current.first.isReplyOrForward)
}
