import { countQueue } from "../../../sending/index.ts"
import type { Store } from "../../../store/index.ts"
import { type Finding, look, well } from "./finding.ts"

/** Whether mail lies in the queue that nobody tries any more. */
export async function examineQueue(store: Pick<Store, "sql">): Promise<Finding> {
  const { mails, mailsForLater, held } = await countQueue(store)
  if (held === 0) {
    const isTried = mails > mailsForLater
    const waits = isTried ? "all that waits is tried" : "all that waits is to be sent later"
    return well("queue", mails === 0 ? "nothing waits to be sent" : waits)
  }
  return look(
    "queue",
    `${held} ${held === 1 ? "recipient is" : "recipients are"} held: an administrator held the message, or it is damaged`,
    "see ./letterkeep queue list, and the log for queue.mail-not-opened; when its time is over it is given up",
  )
}
