import { after, describe } from "node:test"
import type { Mutation } from "../check-file.ts"
import { certificates } from "../mail-out/certificates.ts"
import { deliveries } from "../mail-out/deliveries.ts"
import { filters } from "../mail-out/filters.ts"
import { filtersSend } from "../mail-out/filters-send.ts"
import { kills } from "../mail-out/kills.ts"
import { patience } from "../mail-out/patience.ts"
import { queue } from "../mail-out/queue.ts"
import { reportedLater } from "../mail-out/reported-later.ts"
import { reports } from "../mail-out/reports.ts"
import { safeConnections } from "../mail-out/safe-connections.ts"
import { sendLater } from "../mail-out/send-later.ts"
import type { Subject } from "../mail-out/subject.ts"
import { submission } from "../mail-out/submission.ts"
import { type MailOut, openMailOut } from "../mail-out/world.ts"

/**
 * MAIL-2: mail goes out for those who signed in, under their own addresses: signed, by TLS where the far side has it,
 * tried again where it was put off, told of where it failed; and a 250 means that it goes out, whoever is killed after it.
 * What a running server's mail alone would not show, or not within minutes, is tried beside it, on the same code.
 */
const subjects: readonly Subject[] = [
  submission,
  deliveries,
  reportedLater,
  queue,
  patience,
  filters,
  filtersSend,
  sendLater,
  safeConnections,
  certificates,
  reports,
  kills,
]

export const mutations: readonly Mutation[] = subjects.flatMap(subject => subject.mutations)

function checks(): void {
  let opening: Promise<MailOut> | undefined
  const world = () => {
    opening ??= openMailOut()
    return opening
  }
  after(async () => await (await opening?.catch(() => undefined))?.close())
  for (const subject of subjects) subject.checks(world)
}

if (import.meta.main) describe("MAIL-2, mail goes out", checks)
