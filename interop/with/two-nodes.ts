import assert from "node:assert/strict"
import { copyFile, mkdir } from "node:fs/promises"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { type House, openHouse, readList, readRaw } from "../../fixtures/house.ts"
import { makeMessage } from "../../fixtures/mail/messages.ts"
import { type RunningServer, startServer } from "../../fixtures/server.ts"
import { SmtpClient } from "../../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { compareKept, createSentLog, type SentLog } from "../../promises/crash/sent-log.ts"
import { startTestCluster, type TestCluster } from "../../server/src/store/test-store.ts"

/** Two Letterkeeps on one database: the same key file on both, nothing else shared. */
let cluster: TestCluster
let first: House<"ada">
let second: RunningServer
let secondFolder: string

before(async () => {
  cluster = await startTestCluster()
  secondFolder = await makeTempFolder()
  const keys = join(secondFolder, "shared", "keys.json")
  await mkdir(join(secondFolder, "shared"), { mode: 0o700 })
  const options = { databaseUrl: cluster.url, config: { keys: { file: keys } } }
  first = await openHouse(["ada"], options)
  // another machine has a copy of the file, not the file
  const copy = join(secondFolder, "copied", "keys.json")
  await mkdir(join(secondFolder, "copied"), { mode: 0o700 })
  await copyFile(keys, copy)
  second = await startServer({ databaseUrl: cluster.url, config: { keys: { file: copy } } })
})
after(async () => {
  await second?.stop()
  await first?.close()
  await cluster?.stop()
  await removeFolder(secondFolder)
})

test("both nodes take mail for one mailbox, every UID is given once, and a node killed under load loses nothing", async () => {
  const log = createSentLog()
  const nodes = [first.server(), second]
  let answers = 0
  let killing: Promise<void> | undefined
  const work = async (node: RunningServer, lane: number) => {
    const client = await SmtpClient.connect(node.smtp)
    await client.command("EHLO client.example")
    for (let no = 0; no < 60; no += 1) {
      if (!(await deliver(client, log, lane * 1000 + no))) break
      answers += 1
      if (answers === 150) killing = second.kill9("server")
    }
    client.close()
  }
  const lanes = nodes.flatMap((node, at) => [1, 2, 3].map(lane => work(node, at * 10 + lane)))
  await Promise.allSettled(lanes)
  assert.ok(killing !== undefined, `only ${answers} answers came before all ended`)
  await killing
  const { ada } = first.people
  assert.deepEqual(compareKept(log, ada.address, await readRaw(first.server(), ada)), [])
  const listed = await readList(first.server(), ada)
  const inbox = listed.map(mail => `${mail.mailbox} ${mail.uid}`)
  assert.equal(new Set(inbox).size, inbox.length)
  assert.ok(log.yes() > 200, `only ${log.yes()} were taken`)
})

test("the node that is left goes on taking mail", async () => {
  const client = await SmtpClient.connect(first.server().smtp)
  await client.command("EHLO client.example")
  const log = createSentLog()
  assert.ok(await deliver(client, log, 99_999))
  await client.quit()
})

async function deliver(client: SmtpClient, log: SentLog, no: number): Promise<boolean> {
  const id = `trial${no}x`
  const { address } = first.people.ada
  const { bytes } = makeMessage("plain", { from: "x@far.example", to: address, token: id }, no)
  log.tried(id, bytes, [address])
  const answers = await client.deliver({ from: "x@far.example", to: [address], message: bytes })
  if (answers.end?.code === 250) log.accepted(id)
  return answers.end?.code === 250
}
