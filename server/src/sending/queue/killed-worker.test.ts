/**
 * Workers are killed where it hurts: between a claim, handing over, and settling. This file is also the worker: run by
 * the test, it says on standard output what it does, a line each, before it goes on.
 */
import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { systemChance } from "../../ports/chance.ts"
import { systemClock } from "../../ports/clock.ts"
import { silentLog } from "../../ports/log.ts"
import { openStore } from "../../store/index.ts"
import { testRole } from "../../store/test-store.ts"
import { openVaults } from "../../vaults/index.ts"
import { openQueue } from "./open-queue.ts"
import { minute, openTestQueue, wish } from "./open-test-queue.ts"

const { QUEUE_DATABASE: database, QUEUE_KEY_FILE: keyFile, QUEUE_DATA: dataFolder } = process.env

if (database !== undefined && keyFile !== undefined && dataFolder !== undefined)
  await work(database, keyFile, dataFolder)
else
  test("however often workers are killed, every message is handed over, and again only what was in hand", {
    timeout: 120_000,
  }, async t => {
    const { store, queue, put, addAccount, letPass, settle, keyFile: keys } = await openTestQueue(t)
    const anna = await addAccount()
    const mails = new Set<number>()
    for (let no = 0; no < 60; no++) mails.add(await put(anna, { to: [`a@d${no % 7}.test`], text: "letter" }))
    const sent: number[] = []
    const mayRepeat = new Set<number>()
    for (const lines of [3, 11, 6, 19]) {
      const inHand = await runAndKill(lines, sent, {
        QUEUE_DATABASE: store.databaseUrl,
        QUEUE_KEY_FILE: keys,
        QUEUE_DATA: `${keys}.${lines}`,
      })
      for (const mail of inHand) mayRepeat.add(mail)
      const meanwhile = (await queue.claim({ ...wish, limit: 1000 })).claimed
      for (const one of meanwhile) assert.ok(!inHand.has(one.mail), "in two hands")
      await queue.giveBack(meanwhile)
      await letPass(10 * minute)
    }
    for (;;) {
      const { claimed } = await queue.claim(wish)
      if (claimed.length === 0) break
      for (const one of claimed) {
        assert.equal((await one.text()).whose, anna)
        sent.push(one.mail)
      }
      await settle(...claimed.map(one => ({ claimed: one, no: 0, kind: "handed-over" }) as const))
    }
    assert.deepEqual(new Set(sent), mails)
    const repeated = sent.filter((mail, at) => sent.indexOf(mail) !== at)
    for (const mail of repeated) assert.ok(mayRepeat.has(mail), "handed over twice without need")
    assert.equal((await store.sql`select from queued_mail`).length, 0)
  })

/** Until it has said so many lines. What it handed over is added to `sent`; resolves to what it had in hand. */
async function runAndKill(lines: number, sent: number[], env: Record<string, string>): Promise<Set<number>> {
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const inHand = new Set<number>()
  const ended = new Promise(resolve => child.once("exit", resolve))
  assert.ok(child.stdout)
  let said = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, mail] = line.split(" ")
    if (what === "claimed") inHand.add(Number(mail))
    else if (what === "sent") sent.push(Number(mail))
    else if (what === "settled") inHand.delete(Number(mail))
    if (++said === lines) child.kill("SIGKILL")
  }
  await ended
  assert.ok(said >= lines, "the worker ended by itself")
  return inHand
}

async function work(databaseUrl: string, keys: string, folder: string): Promise<void> {
  const outside = { clock: systemClock, chance: systemChance, log: silentLog }
  const store = await openStore({
    ...outside,
    dataFolder: folder,
    databaseUrl,
    lowWaterBytes: 0,
    appRole: testRole,
    limits: { connections: 3 },
  })
  const vaults = await openVaults({ ...outside, store, keyFile: keys })
  const queue = openQueue({ ...outside, store, vaults })
  const say = (what: string, mail: number) =>
    new Promise<void>(resolve => process.stdout.write(`${what} ${mail}\n`, () => resolve()))
  for (;;) {
    const { claimed } = await queue.claim({ ...wish, limit: 5, each: 2 })
    for (const one of claimed) await say("claimed", one.mail)
    for (const one of claimed) {
      await say("sent", one.mail)
      await store.transaction(tx => queue.settle(tx, [{ claimed: one, no: 0, kind: "handed-over" }]))
      await say("settled", one.mail)
    }
  }
}
