import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "node:test"
import { type House, openHouse } from "../../fixtures/house.ts"
import { SmtpClient } from "../../fixtures/smtp-client.ts"

/** Connections that greet and say no more, and what they may cost together. Octets. */
const strangers = 1000
const budget = 60_000_000

test("a thousand strangers who greet and say no more cost less than 60 MB, and mail still comes in", async t => {
  const limits = { max_connections_per_source: strangers + 100, max_connections: strangers + 100 }
  const house = await openHouse(["ada"], { config: { smtp: limits } })
  t.after(() => house.close())
  // the first ones pay for code that is compiled once
  for (let no = 0; no < 3; no += 1) await callIn(house, 50).then(hangUp)
  const before = await residentBytes(house.server().pids().server)
  const calls = await callIn(house, strangers)
  const grown = (await residentBytes(house.server().pids().server)) - before
  t.diagnostic(`${strangers} strangers: ${(grown / 1e6).toFixed(1)} MB`)
  assert.ok(grown < budget, `they cost ${(grown / 1e6).toFixed(1)} MB`)

  const client = await house.smtp()
  const message = Buffer.from("From: <x@far.example>\r\nSubject: still here\r\n\r\nhello\r\n")
  const { end } = await client.deliver({ from: "x@far.example", to: [house.people.ada.address], message })
  assert.equal(end?.code, 250)
  hangUp([...calls, client])
})

async function callIn(house: House<"ada">, count: number): Promise<readonly SmtpClient[]> {
  const calls: SmtpClient[] = []
  for (let no = 0; no < count; no += 1) {
    const client = await SmtpClient.connect(house.server().smtp)
    assert.equal((await client.command("EHLO stranger.example")).code, 250)
    calls.push(client)
  }
  return calls
}

function hangUp(clients: readonly SmtpClient[]): void {
  for (const client of clients) client.close()
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
