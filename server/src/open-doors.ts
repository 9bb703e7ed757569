/** Opens the doors of a house, as the configuration and this node's roles say, and sets the worker to work. */
import type { Ground, House } from "./build-house.ts"
import { openControl } from "./open-control.ts"
import { openImap, openPop3, openSmtp, openSubmission } from "./open-mail-doors.ts"
import { openAcme, openHttp } from "./open-web-doors.ts"
import type { Ready } from "./ready-file.ts"
import { startWork } from "./start-work.ts"

/** The control door last: who can ask it finds all others open. */
export async function openDoors(ground: Ground, house: House, startedAt: number): Promise<Ready> {
  const addresses: Record<string, string> = {}
  const smtp = await openSmtp(ground, house)
  if (smtp !== undefined) addresses.smtp = smtp
  for (const open of [openSubmission, openImap, openPop3])
    for (const [name, address] of Object.entries(await open(ground, house)))
      if (address !== undefined) addresses[name] = address
  const http = await openHttp(ground, house, smtp)
  if (http !== undefined) addresses.http = http.address
  Object.assign(addresses, await openAcme(ground, house))
  await openControl(ground, house, addresses, startedAt)
  if (ground.asked.roles.has("worker")) {
    startWork(ground, house)
    await house.sending.startCourier()
  }
  return { addresses, setup: http?.setup, pid: process.pid, databasePid: house.store.databasePid() }
}
