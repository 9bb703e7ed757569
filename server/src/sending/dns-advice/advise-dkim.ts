import { retiringMs, type SeenKey } from "../signing/domain-keys.ts"
import { recordName } from "../signing/key-record.ts"
import type { DnsFinding, DomainFacts, Seen } from "./facts.ts"
import { sayingOf } from "./say.ts"

/** Each key of the domain, and what its record makes of its signatures. */
export function adviseDkim({ domain, now }: DomainFacts, { dkim }: Seen): readonly DnsFinding[] {
  const say = sayingOf("DKIM")
  const signs = dkim.some(({ key }) => key.state === "active")
  return [
    ...(signs
      ? []
      : [
          say.wrong(
            `Mail of ${domain} goes out unsigned: no key is in use. Gmail and others refuse much of such mail.`,
            "Publish the records of the keys; they are taken into use when they are seen.",
          ),
        ]),
    ...dkim.map(one => adviseKey(one, now)),
  ]
}

/** Milliseconds: a habit of once a year, and some weeks to get to it. */
const oldAfter = 400 * 24 * 60 * 60 * 1000

function adviseKey({ key, seen }: SeenKey, now: number): DnsFinding {
  const say = sayingOf("DKIM")
  const { selector, state } = key
  const name = recordName(key.domain, selector)
  const publish = `Publish the TXT record of ${name} as it is listed.`
  if (seen === "unknown") return say.unknown(name, { why: "it may be there or not" })
  const odd = {
    several: "several records",
    other: "another record than its own",
    absent: "no record",
    there: "",
  }[seen]
  switch (state) {
    case "active":
      if (seen === "there" && now - key.createdAt > oldAfter)
        return say.may(
          `The key ${selector} signs, and its record is there; it is more than a year old.`,
          `Turn to new keys, while nothing presses: ./letterkeep dkim rotate ${key.domain}`,
        )
      if (seen === "there") return say.well(`The key ${selector} signs, and its record is there.`)
      return say.urgent(
        `The key ${selector} signs, but ${name} has ${odd}: its signatures fail everywhere, and with them DMARC where SPF does not pass.`,
        `${publish} Or turn to new keys: ./letterkeep dkim rotate ${key.domain}`,
      )
    case "coming":
      if (seen === "there")
        return say.well(`The record of the key ${selector} is there; it signs from now on.`)
      if (seen === "absent")
        return say.look(`The key ${selector} waits for its record: nothing is signed with it.`, publish)
      return say.wrong(`The key ${selector} waits for its record, and ${name} has ${odd}.`, publish)
    case "retiring": {
      const days = Math.max(1, Math.ceil((key.since + retiringMs - now) / 86_400_000))
      if (seen === "there")
        return say.well(
          `The key ${selector} signs no more; its record may go in ${days} days, when its mail has arrived.`,
        )
      return say.look(
        `The key ${selector} signed mail that may be under way, and ${name} has ${odd}: those signatures fail.`,
        `${publish} Leave it for ${days} days.`,
      )
    }
    case "revoked":
      if (seen === "absent") return say.well(`The key ${selector} is gone.`)
      return say.look(
        `The key ${selector} signs no more, and its record is still there: whoever has the key could sign by it.`,
        `Take the TXT record of ${name} out.`,
      )
  }
}
