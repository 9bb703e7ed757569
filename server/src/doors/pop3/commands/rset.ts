import { ok } from "@letterkeep/pop3"
import type { Visit } from "../transaction.ts"

/** RFC 1939 §5: takes every mark away. */
export async function rset({ line, maildrop }: Visit): Promise<void> {
  maildrop.unmarkAll()
  await line.write(ok(`${maildrop.count} messages, ${maildrop.octets} octets`))
}
