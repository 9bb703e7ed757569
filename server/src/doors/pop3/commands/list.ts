import { type CommandOf, ok } from "@letterkeep/pop3"
import type { Maildrop } from "../maildrop.ts"
import type { Visit } from "../transaction.ts"
import { writeList } from "../write-list.ts"
import { noSuchMessage } from "./no-such-message.ts"

/** RFC 1939 §5: number and octets, of one message or of all that are not marked. */
export async function list({ line, maildrop }: Visit, { message }: CommandOf<"LIST">): Promise<void> {
  if (message !== undefined) {
    const found = maildrop.find(message)
    await line.write(found === undefined ? noSuchMessage : ok(`${found.number} ${found.octets}`))
    return
  }
  await line.write(ok(`${maildrop.count} messages, ${maildrop.octets} octets`))
  await writeList(line, sizes(maildrop))
}

function* sizes(maildrop: Maildrop): Iterable<string> {
  for (const { number, octets } of maildrop.messages()) yield `${number} ${octets}`
}
