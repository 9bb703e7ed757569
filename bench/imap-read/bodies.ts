/** The mails of the run: 20 KB each, text beside HTML, from a seed. */
import { writeFileSync } from "node:fs"
import type { CorpusFile } from "../imap/orders.ts"
import { makeMessage, seededRandom } from "../measure/corpus.ts"

export interface BodyCorpus extends CorpusFile {
  message(no: number): Buffer
}

const size = 20_000

export function writeBodies(file: string, count: number): BodyCorpus {
  const random = seededRandom(count)
  const messages = Array.from({ length: count }, (_, index) => makeMessage(random, size, index))
  writeFileSync(file, Buffer.concat(messages))
  let end = 0
  const ends = messages.map(message => (end += message.length))
  return {
    file,
    ends,
    message(no) {
      const message = messages[no]
      if (message === undefined) throw new RangeError(`there is no message ${no}`)
      return message
    },
  }
}
