import type { Feature } from "./facts.ts"
import { purposes } from "./purposes.ts"
import { recipients } from "./recipients.ts"
import type { Purpose, Recipient } from "./registry.ts"

/**
 * What of the tables holds on a server with these features: purposes that something is done for, recipients that are
 * told something. The gate and `disclose` are ruled by the whole tables; the page and the record say what happens here.
 */
export type SwitchedOn = ReadonlySet<Feature>

interface Needing {
  readonly sentence: string
  /** All of these have to be on; absent: always. */
  readonly needs?: readonly Feature[]
}

interface Telling {
  /** What has to be on besides, for one of its recipients to be told by it. */
  readonly tellsWith?: { readonly [R in Recipient]?: readonly Feature[] }
}

const isOn = ({ needs = [] }: Needing, on: SwitchedOn) => needs.every(need => on.has(need))

export function purposesInForce(on: SwitchedOn): readonly Purpose[] {
  const all = Object.keys(purposes) as Purpose[] // the table's own keys
  return all.filter(id => isOn(purposes[id], on))
}

export function recipientsInForce(on: SwitchedOn): readonly Recipient[] {
  const all = Object.keys(recipients) as Recipient[] // the table's own keys
  return all.filter(id => recipients[id].needs.some(set => set.every(need => on.has(need))))
}

/** Whom this purpose tells something. */
export function toldBy(purpose: Purpose, on: SwitchedOn): readonly Recipient[] {
  const told: readonly Recipient[] = purposes[purpose].recipients
  const { tellsWith }: Needing & Telling = purposes[purpose]
  const isTold = (recipient: Recipient): boolean =>
    told.includes(recipient) && (tellsWith?.[recipient] ?? []).every(need => on.has(need))
  return recipientsInForce(on).filter(isTold)
}

/** What is done for a purpose, in all its sentences. */
export function sentenceOf(purpose: Purpose, on: SwitchedOn): string {
  const { sentence, also = [] }: Needing & { readonly also?: readonly Needing[] } = purposes[purpose]
  return [sentence, ...also.filter(one => isOn(one, on)).map(one => one.sentence)].join(" ")
}
