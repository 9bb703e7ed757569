/** Shapes of the words of contract.ts that are written down and read again. */
import { z } from "zod"
import type { Contact, FarWord, WhyNot } from "./contract.ts"

/** Whatever a peer or a person may have said has passed a door's limits; this one is for what is damaged. */
export const someText = z.string().max(4096)

export const contactShape = z
  .object({
    host: someText,
    ip: someText,
    tls: someText.optional(),
    verified: z.enum(["dane", "mta-sts", "name"]).optional(),
  })
  .transform((read): Contact => ({ tls: undefined, verified: undefined, ...read }))

export const farWordShape = z
  .object({ code: z.number().int(), enhanced: someText.optional(), text: someText })
  .transform((read): FarWord => ({ enhanced: undefined, ...read }))

/** All of them, as the compiler sees to. */
const everyWhyNot: Readonly<Record<WhyNot, true>> = {
  refused: true,
  "null-mx": true,
  "no-such-domain": true,
  "dns-failed": true,
  unreachable: true,
  "timed-out": true,
  "connection-lost": true,
  nonsense: true,
  "no-tls": true,
  unverified: true,
  "needs-smtputf8": true,
  "needs-8bitmime": true,
  "needs-requiretls": true,
  "loops-back": true,
  "too-big": true,
  "trouble-here": true,
  expired: true,
  "taken-out": true,
}

export const whyNotShape = z.custom<WhyNot>(
  value => typeof value === "string" && Object.hasOwn(everyWhyNot, value),
)
