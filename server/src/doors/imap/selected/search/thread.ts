/** THREAD and UID THREAD (RFC 5256 §3). */
import { type CommandOf, createThreader, writeThreads } from "@letterkeep/imap"
import type { Answer, Out } from "../../handler.ts"
import type { OpenMailbox } from "../open-mailbox.ts"
import { eachWithSummary } from "./each-message.ts"
import { runSearch } from "./run-search.ts"

export async function thread(
  box: OpenMailbox,
  { question, algorithm }: CommandOf<"THREAD">,
  out: Out,
): Promise<Answer> {
  const found = await runSearch(box, question, out)
  if (found.kind === "refused") return found.answer
  const threader = createThreader(algorithm)
  const { numbering } = box.known
  await eachWithSummary(box, found.uids, (row, summary) =>
    threader.add(
      question.uid ? row.uid : numbering.numberOf(row.uid),
      row.receivedAt,
      summary?.fields() ?? {},
    ),
  )
  out.write(writeThreads(threader.threads()))
  return { kind: "ok", text: "Threaded" }
}
