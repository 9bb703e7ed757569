import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { open, rm, statfs } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { promisify } from "node:util"
import { type House, openHouse, readRaw, traceAbove } from "../../fixtures/house.ts"
import { lastAnswer, type SmtpReply } from "../../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { needRoot } from "../tools.ts"

/** Small enough to fill in seconds, large enough for a fresh Postgres and the low-water mark. */
const diskBytes = 700 << 20
const lowWater = 128 << 20
/** The free space is looked at every second. */
const roomIsSeen = 2500

test("a disk that fills answers 452 from the low-water mark on, loses nothing, and takes mail again with room", async t => {
  const folder = await smallDisk(t)
  if (folder === undefined) return
  const house = await openHouse(["ada"], { folder, config: { store: { low_water: `${lowWater >> 20}MB` } } })
  t.after(() => house.close())
  const ballast = join(folder, "ballast")

  await fill(ballast, folder, lowWater + (24 << 20))
  const kept: Buffer[] = []
  let refused: SmtpReply | undefined
  for (let no = 0; refused === undefined && no < 200; no += 1) {
    const message = bulky(no)
    const answer = await deliver(house, message)
    if (answer.code === 250) kept.push(message)
    else refused = answer
  }
  assert.equal(refused?.code, 452, `the disk filled up and the answer was ${refused?.code}`)
  assert.ok(kept.length > 0, "the disk was full from the start")
  await allAreThere(house, kept)

  // now somebody else fills what was left, to the last byte
  await fill(ballast, folder, 0)
  await wait(roomIsSeen)
  assert.equal((await deliver(house, bulky(1000))).code, 452)

  await rm(ballast)
  await wait(roomIsSeen)
  const after = bulky(2000)
  assert.equal((await deliver(house, after)).code, 250)
  await house.restart()
  await allAreThere(house, [...kept, after])
})

async function smallDisk(t: TestContext): Promise<string | undefined> {
  if (!needRoot(t)) return undefined
  const folder = await makeTempFolder()
  try {
    await promisify(execFile)("mount", ["-t", "tmpfs", "-o", `size=${diskBytes},mode=0711`, "tmpfs", folder])
  } catch (error) {
    await removeFolder(folder)
    if (process.env.CI === "true") throw error
    t.skip("this machine does not let us mount a tmpfs")
    return undefined
  }
  t.after(async () => {
    await promisify(execFile)("umount", ["-l", folder])
    await removeFolder(folder)
  })
  return folder
}

/** Adds to a file until only `left` octets are free, or until the disk says that it is full. */
async function fill(file: string, folder: string, left: number): Promise<void> {
  const handle = await open(file, "a")
  const piece = Buffer.alloc(1 << 20, 7)
  try {
    for (;;) {
      const { bavail, bsize } = await statfs(folder)
      const more = Math.min(piece.length, bavail * bsize - left)
      if (more <= 0) return
      await handle.write(piece, 0, more)
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error
  } finally {
    await handle.close()
  }
}

function bulky(no: number): Buffer {
  const line = `${"0123456789".repeat(7)}\r\n`
  return Buffer.from(
    `From: <x@far.example>\r\nSubject: bulk ${no}\r\n\r\n${line.repeat(14_000)}end ${no}\r\n`,
  )
}

async function deliver(house: House<"ada">, message: Buffer): Promise<SmtpReply> {
  const client = await house.smtp()
  const answers = await client.deliver({ from: "x@far.example", to: [house.people.ada.address], message })
  client.close()
  const last = answers.end ?? answers.data ?? answers.recipients[0] ?? answers.mail
  assert.ok(last.code === 250 || (last.code >= 400 && last.code < 500), lastAnswer(answers))
  return last
}

async function allAreThere(house: House<"ada">, sent: readonly Buffer[]): Promise<void> {
  const there = await readRaw(house.server(), house.people.ada)
  for (const message of sent) {
    assert.equal(there.filter(one => traceAbove(one, message) !== undefined).length, 1)
  }
}
