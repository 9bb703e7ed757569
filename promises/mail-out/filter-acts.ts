import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { houseDomain, readList, succeeded } from "../../fixtures/house.ts"
import type { MailOut, Name } from "./world.ts"

/** What checks of filters do: a filter is set by its owner, and mail comes from elsewhere. */

/** From Carla, who is elsewhere, to Anna. */
export const written = (subject: string, more = ""): Buffer =>
  Buffer.from(
    `From: Carla <carla@far.test>\r\nTo: anna@${houseDomain}\r\nSubject: ${subject}\r\n` +
      `Message-ID: <${subject.replace(/\W/g, ".")}@far.test>\r\n${more}\r\nGood day, ${subject}.\r\n`,
  )

export async function offer({ house }: MailOut, from: string, to: string, message: Buffer) {
  const client = await house.smtp()
  const answers = await client.deliver({ from, to: [to], message })
  client.close()
  return answers
}

export async function arrive(
  out: MailOut,
  message: Buffer,
  { from = "carla@far.test", to = "anna" }: { readonly from?: string; readonly to?: Name } = {},
): Promise<void> {
  const { end } = await offer(out, from, out.house.people[to].address, message)
  assert.equal(end?.code, 250)
}

export async function scriptFile({ house }: MailOut, script: string): Promise<string> {
  const file = join(house.folder, "filter.sieve")
  await writeFile(file, script)
  return file
}

/** By its owner, for what comes from now on. */
export async function setFilter(out: MailOut, script: string, name: Name = "anna"): Promise<void> {
  const { address, password } = out.house.people[name]
  const args = ["filter", "set", address, await scriptFile(out, script), "--password-stdin"]
  succeeded(await out.house.server().cli(args, { stdin: `${password}\n` }))
}

export async function noFilter({ house }: MailOut, name: Name = "anna"): Promise<void> {
  const { address, password } = house.people[name]
  const args = ["filter", "off", address, "--password-stdin"]
  succeeded(await house.server().cli(args, { stdin: `${password}\n` }))
}

export const inboxOf = async ({ house }: MailOut): Promise<readonly string[]> =>
  (await readList(house.server(), house.people.anna))
    .filter(({ mailbox }) => mailbox === "INBOX")
    .map(({ subject }) => subject)
