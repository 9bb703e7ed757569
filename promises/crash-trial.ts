import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { chmod, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { parseArgs } from "node:util"
import { type House, openHouse, readRaw } from "../fixtures/house.ts"
import { seeded } from "../fixtures/mail/seeded.ts"
import type { Victim } from "../fixtures/server.ts"
import { createLoader } from "./crash/load.ts"
import { compareKept, createSentLog, type SentLog } from "./crash/sent-log.ts"

/**
 * `node promises/crash-trial.ts [--seconds N | --kills N] [--seed N]`: loads the SMTP door from several
 * connections, kills the server, its Postgres or both with SIGKILL at a moment of chance, starts again, and compares
 * what got a 250 with what its readers can open: none lost, none altered, none doubled unless its 250 was lost.
 */
const { values } = parseArgs({
  options: { seconds: { type: "string" }, kills: { type: "string" }, seed: { type: "string" } },
})
const kills = values.kills === undefined ? undefined : Number(values.kills)
const seconds = kills === undefined ? Number(values.seconds ?? "30") : undefined
const seed = Number(values.seed ?? Date.now() % 2 ** 31)

const names = ["ada", "bob", "cleo"] as const
const victims: readonly Victim[] = ["server", "database", "both"]
const connections = 6
/** Answers to wait for before a kill: some come in the first group after a start, some in full swing. */
const fewestAnswers = 5
const spreadOfAnswers = 120

let house: House<(typeof names)[number]>

/** A folder of the trial's own: were it to go meanwhile, a fresh server would start in its place, and look like loss. */
const folder = await mkdtemp(join(tmpdir(), "trial-"))

before(async () => {
  await chmod(folder, 0o711)
  house = await openHouse(names, { folder })
})
after(async () => {
  await house?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test(`nothing that got a 250 is lost in ${kills === undefined ? `${seconds} s` : `${kills} kills`} (seed ${seed})`, async t => {
  const chance = seeded(seed)
  const log = createSentLog()
  const loader = createLoader(
    {
      connect: async () => ({ client: await house.smtp(), sender: "x@far.example" }),
      addresses: names.map(name => house.people[name].address),
      recipients: names.length,
      resends: true,
    },
    log,
  )
  const done = { server: 0, database: 0, both: 0 }
  const deadline = Date.now() + (seconds ?? 0) * 1000
  const count = () => done.server + done.database + done.both
  while (kills === undefined ? Date.now() < deadline : count() < kills) {
    const victim = chance.pick(victims)
    const answers = fewestAnswers + chance.below(spreadOfAnswers)
    await loader.run({
      connections,
      answers,
      seed: chance.below(2 ** 31),
      strike: () => house.server().kill9(victim),
    })
    done[victim] += 1
    assert.ok(existsSync(join(folder, "data/postgres")), "the trial's own folder has gone")
    await house.restart()
    await compareAll(log)
  }
  t.diagnostic(`${count()} kills (${done.server} server, ${done.database} database, ${done.both} both)`)
  t.diagnostic(`${log.yes()} deliveries got their 250, ${log.unanswered()} tries got no answer`)
  assert.ok(count() >= 2 && log.yes() > 0, "the trial hardly tried")
})

async function compareAll(log: SentLog): Promise<void> {
  for (const name of names) {
    const { address } = house.people[name]
    const kept = await readRaw(house.server(), house.people[name])
    assert.deepEqual(compareKept(log, address, kept), [], `mail of ${address}`)
  }
}
