import assert from "node:assert/strict"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { connect as connectPlain, type Socket } from "node:net"
import { suite, test } from "node:test"
import { connect as connectTls } from "node:tls"
import { type House, openHouse } from "../../fixtures/house.ts"
import { ImapClient } from "../../fixtures/imap-client.ts"
import { addressOf, type Ready } from "../../fixtures/server.ts"

/** Connections that have not signed in, and what they may cost together. Octets. */
const strangers = 2000
const budgets = { imap: 100_000_000, imaps: 200_000_000 } as const
/** Of these each has begun a command that never ends, as large as a stranger's may be. */
const halfWay = `a LOGIN {4000+}\r\n${"x".repeat(3_900)}`
/** Handshakes at once: they are our work too. */
const atOnce = 20

suite("two thousand strangers at the IMAP door, and a person still comes in", () => {
  for (const way of ["imap", "imaps"] as const) {
    const megabytes = budgets[way] / 1e6
    test(`cost less than ${megabytes} MB ${way === "imap" ? "in plain text" : "over TLS"}`, async t => {
      const limits = { max_connections_per_source: strangers + 100, max_connections: strangers + 100 }
      const house = await openHouse(["ada"], { config: { imap: limits } })
      t.after(() => house.close())
      // the first ones pay for code that is compiled once
      for (let no = 0; no < 3; no += 1) hangUp(await callIn(house, way, 50))
      const pid = house.server().pids().server
      const before = await residentBytes(pid)
      const calls = await callIn(house, way, strangers)
      const greeted = (await residentBytes(pid)) - before
      for (const call of calls) call.write(halfWay)
      const client = await ImapClient.connect(addressOf(house.server().ready, "imaps"), "tls")
      const { address, password } = house.people.ada
      assert.equal((await client.command(`LOGIN ${address} "${password}"`)).status, "OK")
      const grown = (await residentBytes(pid)) - before
      t.diagnostic(
        `${strangers} over ${way}: ${(greeted / 1e6).toFixed(1)} MB greeted, ${(grown / 1e6).toFixed(1)} MB half way`,
      )
      hangUp(calls)
      assert.ok(Math.max(greeted, grown) < budgets[way], `they cost ${(grown / 1e6).toFixed(1)} MB`)
    })
  }
})

async function callIn(house: House<"ada">, way: "imap" | "imaps", count: number): Promise<readonly Socket[]> {
  const calls: Socket[] = []
  for (let no = 0; no < count; no += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - no) }, () => call(house.server().ready, way))
    calls.push(...(await Promise.all(some)))
  }
  return calls
}

/** Resolves when the greeting has come. */
async function call(ready: Ready, way: "imap" | "imaps"): Promise<Socket> {
  const address = addressOf(ready, way)
  const socket =
    way === "imap" ? connectPlain(address) : connectTls({ ...address, rejectUnauthorized: false })
  const [greeting] = (await once(socket, "data")) as [Buffer]
  assert.match(greeting.toString("latin1"), /^\* OK /)
  return socket
}

function hangUp(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy()
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
