import { systemClock } from "../../ports/clock.ts"
import { silentLog } from "../../ports/log.ts"
import { openStore } from "../open-store.ts"

/**
 * For tests, as a process to be killed: opens the store of the data folder in its first argument, prints the
 * database's process id, adds a row to `org` for each line on stdin, and says its number when it is committed.
 */
const store = await openStore({
  dataFolder: process.argv[2] ?? "",
  clock: systemClock,
  log: silentLog,
  lowWaterBytes: 0,
})
process.stdout.write(`${store.databasePid()}\n`)
for await (const chunk of process.stdin) {
  for (const line of String(chunk).trim().split("\n")) {
    await store.sql`insert into org (name) values (${line})`
    process.stdout.write(`${line}\n`)
  }
}
await store.close()
