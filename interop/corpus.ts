import assert from "node:assert/strict"
import { type House, readRaw, traceAbove } from "../fixtures/house.ts"
import { allShapes, makeMessage, type TestMessage } from "../fixtures/mail/messages.ts"

/** One message of every shape, from one sender to one person. */
export function corpusTo(to: string, seed: number): readonly TestMessage[] {
  return allShapes.map((shape, no) =>
    makeMessage(shape, { from: "someone@far.example", to, token: `interop${seed}x${no}end` }, seed + no),
  )
}

/** Each message once in this person's mail, byte for byte under nothing but trace fields. */
export async function assertAllKept<Name extends string>(
  house: House<Name>,
  name: Name,
  sent: readonly TestMessage[],
): Promise<void> {
  const kept = await readRaw(house.server(), house.people[name])
  for (const { shape, bytes } of sent) {
    const times = kept.filter(message => traceAbove(message, bytes) !== undefined).length
    assert.equal(times, 1, `"${shape}" is there ${times} times as it was sent`)
  }
}
