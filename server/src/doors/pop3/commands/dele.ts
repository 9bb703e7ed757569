import { type CommandOf, ok } from "@letterkeep/pop3"
import type { Visit } from "../transaction.ts"
import { noSuchMessage } from "./no-such-message.ts"

/** RFC 1939 §5: marks; nothing is removed before QUIT. */
export async function dele({ line, maildrop }: Visit, { message }: CommandOf<"DELE">): Promise<void> {
  const found = maildrop.find(message)
  if (found !== undefined) maildrop.mark(found)
  await line.write(found === undefined ? noSuchMessage : ok("Marked; it goes when you quit"))
}
