import type { Receive } from "../../flow/index.ts"
import { createByteBudget } from "../entrance/index.ts"
import { declareMailExchangeFigures } from "./figures.ts"
import type { DoorOptions } from "./house.ts"
import { defaultSmtpDoorLimits, type SmtpDoorLimits } from "./limits.ts"
import { createMailExchange, type MailExchangeHouse } from "./mail-exchange.ts"
import { openEntrance, wayOf } from "./open-entrance.ts"

export interface SmtpDoorOptions extends DoorOptions {
  /** `host:port` or `[ipv6]:port`; port 0 takes any. */
  readonly listen: string
  readonly receive: Receive
  readonly limits?: Partial<SmtpDoorLimits>
}

export interface SmtpDoor {
  /** `host:port` as it listens. */
  readonly address: string
  /** Takes no more connections, says 421 to who is idle, lets messages under way end; the rest is cut after `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void>
}

/** Opens the door for mail from other servers. Rejects where it cannot listen. */
export async function openSmtpDoor(options: SmtpDoorOptions): Promise<SmtpDoor> {
  const limits: SmtpDoorLimits = { ...defaultSmtpDoorLimits, ...options.limits }
  const { entrance, shared } = openEntrance("smtp", options, limits)
  const budget = createByteBudget(limits.bytesInFlight)
  const gauges = { open: entrance.guests, bytesInFlight: () => budget.taken }
  const figures = declareMailExchangeFigures(options.metrics, gauges)
  const house: MailExchangeHouse = { ...shared, budget, figures, receive: options.receive }
  const way = { name: "smtp", listen: options.listen, begins: "plain" } as const
  try {
    const address = await entrance.open(wayOf(house, way, link => createMailExchange(house, link)))
    return { address, close: entrance.close }
  } catch (error) {
    await entrance.close({ graceMs: 0 })
    throw error
  }
}
