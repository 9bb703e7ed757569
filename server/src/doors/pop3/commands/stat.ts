import { ok } from "@letterkeep/pop3"
import type { Visit } from "../transaction.ts"

/** RFC 1939 §5: messages that are not marked, and their octets. */
export async function stat({ line, maildrop }: Visit): Promise<void> {
  await line.write(ok(`${maildrop.count} ${maildrop.octets}`))
}
