/**
 * A message as a reader's filter sees it: as it will be kept, with what is written above it. The verdict is what we wrote
 * there, and nothing that somebody wrote into the message.
 */
import type { SieveMessage } from "@letterkeep/sieve"

/** The field with the verdict, in lower case. */
const verdictField = "x-letterkeep-screening"

export interface SeenMessage {
  readonly message: SieveMessage
  /** Has the filter looked at the verdict? Then it knows what it does with Junk. */
  knowsVerdict(): boolean
}

export function seenMessage(above: SieveMessage, message: SieveMessage): SeenMessage {
  let asked = false
  return {
    message: {
      size: above.size + message.size,
      fields(name) {
        if (name === verdictField) {
          asked = true
          return above.fields(name)
        }
        const [first, second] = [above.fields(name), message.fields(name)]
        return first.length === 0 ? second : [...first, ...second]
      },
      body: (wish, limits) => message.body(wish, limits),
    },
    knowsVerdict: () => asked,
  }
}
