import { z } from "zod"
import type { Privacy } from "../../../privacy/index.ts"
import { type DkimKey, type DomainKeys, recordName, recordText } from "../../../sending/index.ts"
import { ControlError, command } from "../command.ts"
import { notOurs, readDomain } from "../read-domain.ts"

interface DkimParts {
  readonly keys: Pick<DomainKeys, "ensure" | "rotate" | "revoke">
  readonly privacy: Pick<Privacy, "gate">
}

const domainText = z.string().max(1000)

/** The keys that sign mail for our domains. What they say is of organisations, and public but for the keys themselves. */
export const dkimCommands = ({ keys, privacy }: DkimParts) => [
  command("dkim.list", z.object({ domain: domainText }), async input => {
    const domain = await readDomain(privacy, input.domain)
    return shown(domain, ours(domain, await keys.ensure(domain)))
  }),
  command("dkim.rotate", z.object({ domain: domainText, now: z.boolean().default(false) }), async input => {
    const domain = await readDomain(privacy, input.domain)
    const done = await keys.rotate(domain, input.now ? "at-once" : "when-seen")
    if (done.kind === "not-ours") throw notOurs(domain)
    return shown(domain, done.keys, said[done.kind])
  }),
  command("dkim.revoke", z.object({ domain: domainText, selector: z.string().max(63) }), async input => {
    const domain = await readDomain(privacy, input.domain)
    const done = await keys.revoke(domain, input.selector)
    if (done.kind === "not-ours") throw notOurs(domain)
    if (done.kind === "no-such-key")
      throw new ControlError(`${domain} has no key ${input.selector} that could be taken back`)
    const take = `${input.selector} signs nothing more: take its record out of the DNS now`
    return shown(domain, done.keys, take)
  }),
]

const said = {
  made: "made new keys: publish their records beside the old ones",
  "still-coming":
    "the keys of the last time still wait for their records: publish those, or use them with --now",
  begun: "the new keys sign from now on, whether or not their records are there",
} as const

const about: { readonly [S in DkimKey["state"]]: string } = {
  coming: "waits for its record, and signs from when that is seen",
  active: "signs",
  retiring: "signs no more; leave its record until its mail has arrived",
  revoked: "signs no more; its record may go",
}

function shown(domain: string, keys: readonly DkimKey[], first?: string) {
  const lines = keys.flatMap(key => [
    `${key.selector}  ${key.algorithm}, ${about[key.state]} (since ${new Date(key.since).toISOString().slice(0, 10)})`,
    ...(key.state === "revoked"
      ? []
      : [`  ${recordName(domain, key.selector)}. TXT`, `  ${recordText(key)}`]),
  ])
  const value = keys.map(key => ({
    ...{ selector: key.selector, algorithm: key.algorithm, state: key.state },
    ...{ since: new Date(key.since).toISOString(), createdAt: new Date(key.createdAt).toISOString() },
    ...{ name: recordName(domain, key.selector), record: recordText(key) },
  }))
  const last = `what the DNS has of them: ./letterkeep dns ${domain}`
  return {
    text: [...(first === undefined ? [] : [first, ""]), ...lines, "", last].join("\n"),
    value: { domain, keys: value },
  }
}

function ours<T>(domain: string, found: T | undefined): T {
  if (found === undefined) throw notOurs(domain)
  return found
}
