import { order } from "../fault.ts"
import type { Reply } from "../reply.ts"
import type { Command, Session } from "../session.ts"
import { lacksRecipients } from "./data.ts"

/**
 * RFC 3030 §2:
 *
 *     bdat-cmd   = "BDAT" SP chunk-size [ SP end-marker ] CRLF
 *     chunk-size = 1*DIGIT
 *     end-marker = "LAST"
 *
 * The octets follow at once, so those of a BDAT that is out of order are swallowed before it is answered.
 * Where the size cannot be read nobody knows where the next command begins: the connection ends.
 */
export const bdat: Command = (session, argument) => {
  const parts = /^([0-9]{1,15})(?: +(LAST))?$/i.exec(argument)
  if (parts === null) {
    const reply: Reply = {
      code: 501,
      enhanced: "5.5.4",
      text: "BDAT takes a size; closing, for framing is lost",
    }
    return { kind: "close", reply, why: "lost-framing" }
  }
  const failure = reasonToSwallow(session)
  return {
    kind: "chunk",
    size: Number(parts[1]),
    last: parts[2] !== undefined,
    begin: failure === undefined && session.transaction?.chunking === false,
    failure,
  }
}

function reasonToSwallow({ transaction }: Session): Reply | undefined {
  if (transaction === undefined) return order("Say MAIL first").reply
  return transaction.failure ?? lacksRecipients(transaction)?.reply
}
