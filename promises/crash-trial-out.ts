import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { chmod, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { parseArgs } from "node:util"
import { type DnsServer, startDnsServer } from "../fixtures/dns-server.ts"
import { type House, openHouse, succeeded } from "../fixtures/house.ts"
import { seeded } from "../fixtures/mail/seeded.ts"
import type { Victim } from "../fixtures/server.ts"
import { signInToSend } from "../fixtures/submission.ts"
import { type FarSide, startFarSide } from "../server/src/sending/hand-over/fixtures/far-side.ts"
import { compareArrived } from "./crash/arrivals.ts"
import { createLoader } from "./crash/load.ts"
import { createSentLog } from "./crash/sent-log.ts"

/**
 * `node promises/crash-trial-out.ts [--seconds N | --kills N [--mails N]] [--seed N]`: people hand in mail over several
 * connections while the server, its Postgres or both are killed with SIGKILL at moments of chance, and started again.
 * What got a 250 arrives at the far side, unaltered; once, but for what a kill had in flight, which is counted.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    kills: { type: "string" },
    mails: { type: "string" },
    seed: { type: "string" },
  },
})
const kills = values.kills === undefined ? undefined : Number(values.kills)
const seconds = kills === undefined ? Number(values.seconds ?? "30") : undefined
const seed = Number(values.seed ?? Date.now() % 2 ** 31)

const names = ["ada", "bob", "cleo"] as const
const victims: readonly Victim[] = ["server", "database", "both"]
const connections = 6
/** Answers to wait for before a kill: few, so that some kills strike a server that has just begun to send. */
const fewestAnswers = 5
const spreadOfAnswers =
  kills === undefined || values.mails === undefined ? 120 : (2 * Number(values.mails)) / kills
/** What the far side said yes to may be in flight for so long: one transaction settles many. */
const inFlightMs = 5_000
/** Until all has arrived behind the last kill. */
const patienceMs = 10 * 60_000

const domains = ["one.test", "two.test", "three.test", "four.test"]
const recipients = domains.flatMap(domain => [`carla@${domain}`, `dora@${domain}`])

let house: House<(typeof names)[number]>
let dns: DnsServer
let far: FarSide
/** When the far side said yes, message by message. */
const yesAt: number[] = []

const folder = await mkdtemp(join(tmpdir(), "trial-"))

before(async () => {
  await chmod(folder, 0o711)
  far = await startFarSide({
    answer(line) {
      if (line === ".") yesAt.push(Date.now())
      return undefined
    },
  })
  dns = await startDnsServer({
    ...Object.fromEntries(
      domains.map(domain => [domain, { MX: [{ preference: 10, exchange: "mx.far.test" }] }]),
    ),
    "mx.far.test": { A: ["127.0.0.1"] },
  })
  house = await openHouse(names, {
    folder,
    config: {
      dns: { resolver: [dns.address] },
      sending: { port: far.port },
      submission: { recipients_per_day: 10_000_000 },
    },
  })
})
after(async () => {
  await house?.close()
  await dns?.stop()
  far?.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test(`what got a 250 arrives, in ${kills === undefined ? `${seconds} s` : `${kills} kills`} (seed ${seed})`, async t => {
  const chance = seeded(seed)
  const log = createSentLog()
  let next = 0
  const loader = createLoader(
    {
      addresses: recipients,
      recipients: 4,
      resends: false,
      async connect() {
        next += 1
        const person = house.people[names[next % names.length] ?? "ada"]
        return { client: await signInToSend(house.server(), person), sender: person.address }
      },
    },
    log,
  )
  const struck: number[] = []
  const done = { server: 0, database: 0, both: 0 }
  const deadline = Date.now() + (seconds ?? 0) * 1000
  while (kills === undefined ? Date.now() < deadline : struck.length < kills) {
    const victim = chance.pick(victims)
    await loader.run({
      connections,
      answers: fewestAnswers + chance.below(spreadOfAnswers),
      seed: chance.below(2 ** 31),
      strike: async () => {
        // some mail is on its way when the strike comes, some has just arrived
        await wait(chance.below(400))
        struck.push(Date.now())
        await house.server().kill9(victim)
      },
    })
    done[victim] += 1
    assert.ok(existsSync(join(folder, "data/postgres")), "the trial's own folder has gone")
    // A server whose database alone was killed may have to go on with the one that it starts in its place.
    if (victim !== "database" || chance.below(2) === 0) await house.restart()
    else await working()
  }
  const putOff = await emptied()
  const arrivals = far.mails.map(({ text, to }, no) => ({
    text: Buffer.from(text, "latin1"),
    to,
    at: yesAt[no] ?? assert.fail("a message came without its end"),
  }))
  const result = compareArrived({ log, recipients, kills: struck, inFlightMs }, arrivals)
  t.diagnostic(`${struck.length} kills (${done.server} server, ${done.database} database, ${done.both} both)`)
  t.diagnostic(`${log.yes()} mails got their 250, ${log.unanswered()} got no answer`)
  t.diagnostic(
    `${arrivals.length} transactions at the far side; to ${result.repeats} recipients once more, behind a kill`,
  )
  t.diagnostic(`${putOff} mails waited at the end because their try had failed, and were tried at once`)
  assert.deepEqual(result.wrong, [])
  assert.ok(struck.length >= 2 && log.yes() > 0, "the trial hardly tried")
})

/** Until a server that lost its database has one again. */
async function working(): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await wait(500)) {
    if ((await house.server().cli(["queue", "--json"])).code === 0) return
    assert.ok(Date.now() < deadline, "the server found no way back to its database")
  }
}

const reason = ["--reason", "a crash trial"]

/** Until the queue is empty. Resolves to the mails whose turn would have come later. */
async function emptied(): Promise<number> {
  const putOff = new Set<number>()
  for (const deadline = Date.now() + patienceMs; ; await wait(1_000)) {
    const left = succeeded(await house.server().cli(["queue", "--json"])).json as Counts
    if (left.mails === 0) return putOff.size
    assert.ok(Date.now() < deadline, `${JSON.stringify(left)} still wait`)
    if (left.due > 0 || left.inHand > 0) continue
    const listed = succeeded(await house.server().cli(["queue", "list", "--json", ...reason])).json as {
      readonly mails: readonly { readonly mail: number }[]
    }
    for (const { mail } of listed.mails) {
      putOff.add(mail)
      await house.server().cli(["queue", "retry", String(mail), ...reason])
    }
  }
}

interface Counts {
  readonly mails: number
  readonly due: number
  readonly inHand: number
}
