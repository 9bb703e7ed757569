/** The SMTP door alone, in a process of its own, before a house that keeps nothing: its memory can be read. */

import { openSmtpDoor } from "../../server/src/doors/smtp/index.ts"
import { systemClock } from "../../server/src/ports/clock.ts"
import { silentLog } from "../../server/src/ports/log.ts"
import { createMetrics } from "../../server/src/ports/metrics.ts"
import { createPrivacy } from "../../server/src/privacy/index.ts"

const door = await openSmtpDoor({
  listen: "127.0.0.1:0",
  hostname: "mx.example",
  receive: {
    room: () => "enough",
    recipient: async () => ({ kind: "unknown" }),
    begin: () => {
      throw new Error("nobody sends a message here")
    },
  },
  log: silentLog,
  clock: systemClock,
  privacy: createPrivacy({ clock: systemClock }),
  metrics: createMetrics(),
})

process.on("message", async word => {
  if (word === "weigh") process.send?.({ rss: process.memoryUsage.rss() })
  if (word === "stop") {
    await door.close({ graceMs: 0 })
    process.disconnect()
  }
})
process.send?.({ address: door.address })
