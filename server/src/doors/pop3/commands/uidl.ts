import { type CommandOf, ok, uniqueId } from "@letterkeep/pop3"
import type { Maildrop } from "../maildrop.ts"
import type { Visit } from "../transaction.ts"
import { writeList } from "../write-list.ts"
import { noSuchMessage } from "./no-such-message.ts"

/** RFC 1939 §7: the names by which programs know what they have fetched before. */
export async function uidl({ line, maildrop }: Visit, { message }: CommandOf<"UIDL">): Promise<void> {
  if (message !== undefined) {
    const found = maildrop.find(message)
    const name = found && uniqueId(maildrop.uidValidity, found.uid)
    await line.write(found === undefined ? noSuchMessage : ok(`${found.number} ${name}`))
    return
  }
  await line.write(ok("Names follow"))
  await writeList(line, names(maildrop))
}

function* names(maildrop: Maildrop): Iterable<string> {
  const { uidValidity } = maildrop
  for (const { number, uid } of maildrop.messages()) yield `${number} ${uniqueId(uidValidity, uid)}`
}
