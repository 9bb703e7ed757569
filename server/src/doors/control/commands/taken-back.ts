/** What `./letterkeep sent undo` says of what it took back: from whom, and who has had it all the same. */
import type { TakenBackAll, TakenBackMail, TakenFrom } from "../../../sending/index.ts"
import { ControlError, type ControlResult } from "../command.ts"

/** Without a time to send, who of those here has it stands in no queue. */
const goesTo: Readonly<Record<TakenFrom, string>> = {
  everybody: "to nobody",
  "those-elsewhere":
    "to nobody elsewhere; whoever it is for and has their mailbox here has had it since it was sent",
  "not-known":
    "to nobody any more; it is damaged, and does not say whether those with their mailbox here have had it",
}

export function takenBack(mail: number, taken: TakenBackMail): ControlResult {
  switch (taken.kind) {
    case "unknown":
      throw new ControlError(`no message ${mail} of this account waits to be sent`)
    case "too-late":
      throw new ControlError(`it is too late for message ${mail}: its time to go has come`)
    case "taken-back": {
      const { from } = taken
      return {
        text: `message ${mail} goes ${goesTo[from]}, and its copy stays in Sent`,
        value: { mail, from },
      }
    }
  }
}

export function takenBackAll(taken: TakenBackAll): ControlResult {
  const line = (from: TakenFrom) => {
    const count = taken[from]
    return count === 0 ? [] : [`${count} ${count === 1 ? "message goes" : "messages go"} ${goesTo[from]}`]
  }
  const lines = [...line("everybody"), ...line("those-elsewhere"), ...line("not-known")]
  const late = taken["too-late"]
  return {
    text: [
      ...(lines.length === 0
        ? ["nothing waits that could be taken back"]
        : [...lines, "copies stay in Sent"]),
      ...(late === 0
        ? []
        : [`for ${late} ${late === 1 ? "message" : "messages"} it was too late: the time to go has come`]),
    ].join("\n"),
    value: taken,
  }
}
