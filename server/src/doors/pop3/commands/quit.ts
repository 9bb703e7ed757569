import { failed, ok } from "@letterkeep/pop3"
import { failure } from "../../../ports/log.ts"
import type { Visit } from "../transaction.ts"

/**
 * RFC 1939 §6, the UPDATE state: the marked messages go now, and the client hears whether they have gone. "+OK" is said
 * after the commit.
 */
export async function quit({ house, line, account, mail, maildrop }: Visit): Promise<void> {
  const { markedCount } = maildrop
  if (markedCount === 0) {
    await line.write(ok("Goodbye"))
    return
  }
  const uids = maildrop.marked()
  const mark = { change: "add", keywords: [], deleted: true } as const
  try {
    await house.privacy.gate("mail.organise", { kind: "account", account }, async () => {
      await mail.store(maildrop.mailbox, uids, mark)
      await mail.expunge(maildrop.mailbox, uids)
    })
  } catch (error) {
    house.log.event("pop3.delete-failed", { account, error: failure(error) })
    await line.write(failed("Not all of the marked messages could be removed", "SYS/TEMP"))
    return
  }
  house.figures.deleted.add(markedCount)
  await line.write(ok(`${markedCount} messages removed. Goodbye`))
}
