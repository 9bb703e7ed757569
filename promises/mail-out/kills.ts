import { test } from "node:test"
import type { Subject } from "./subject.ts"
import { letter, until } from "./world.ts"

/** A server that is killed: what it answered with 250 goes out, and what it had in hand does so soon. */
const survives = "what was answered with 250 arrives though the server is killed at once"
const inHand =
  "what a killed server had in hand arrives soon after it is back, with nobody's help, and not when its leases end"

export const kills: Subject = {
  mutations: [
    {
      name: "250 before the commit",
      file: "server/src/flow/send.ts",
      find: "await parts.keep.keep([copy, ...deliveries], alongsideOf(parts, envelope, queued, alongside))",
      replace:
        "void wait(3_000).then(() => parts.keep.keep([copy, ...deliveries], alongsideOf(parts, envelope, queued, alongside)))",
      also: [
        {
          file: "server/src/flow/send.ts",
          find: 'import { scanMessage } from "@letterkeep/mime"',
          replace:
            'import { setTimeout as wait } from "node:timers/promises"\nimport { scanMessage } from "@letterkeep/mime"',
        },
      ],
      why: "a kill between the answer and the commit would lose the message",
      noticedBy: survives,
    },
    {
      name: "nobody misses who died with mail in hand",
      file: "server/src/sending/queue/presence.ts",
      find: "if (silent.ticks >= SILENT_TICKS) count += await takeOver(tx, silent)",
      replace: "if (silent.ticks < 0) count += await takeOver(tx, silent)",
      why: "after a crash people's mail would lie there for minutes",
      noticedBy: inHand,
    },
    {
      name: "who has mail in hand is not written down",
      file: "server/src/sending/queue/claim.ts",
      find: "if (taken.rows.length > 0) await presence.takes(tx)",
      replace: "if (taken.rows.length < 0) await presence.takes(tx)",
      also: [
        {
          file: "server/src/sending/queue/presence.ts",
          find: "if (stays) await beat(tx)",
          replace: "if (stays && lastBeat < 0) await beat(tx)",
        },
      ],
      why: "after a crash people's mail would lie there for minutes",
      noticedBy: inHand,
    },
  ],
  checks(world) {
    test(inHand, async () => {
      const { house, far, play, send, heard, taken, isEmpty } = await world()
      await isEmpty()
      play({ answer: line => (line.startsWith("RCPT") ? "stall" : undefined) })
      const before = far.lines.length
      await send(["carla@far.test"], letter("held"))
      await heard("RCPT", before)
      await house.server().kill9("server")
      play()
      await house.restart()
      await taken("held")
      await isEmpty()
    })

    test(survives, async () => {
      const { house, far, play, send, waiting, queue } = await world()
      play({ answer: () => "close" })
      for (const subject of ["one", "two", "three"]) await send(["carla@far.test"], letter(subject))
      await house.server().kill9("server")
      play()
      await house.restart()
      for (const subject of ["one", "two", "three"]) {
        await until(`${subject} is not there`, async () => {
          if (far.mails.some(mail => mail.text.includes(`Subject: ${subject}\r\n`))) return true
          for (const { mail } of await waiting()) await queue("retry", String(mail))
          return undefined
        })
      }
    })
  },
}
