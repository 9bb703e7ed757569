import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { readList, readRaw } from "../../fixtures/house.ts"
import { makeMessage } from "../../fixtures/mail/messages.ts"
import type { RunningServer } from "../../fixtures/server.ts"
import { SmtpClient } from "../../fixtures/smtp-client.ts"
import { compareKept, createSentLog, type SentLog } from "../../promises/crash/sent-log.ts"
import { openTwoNodes, type TwoNodes } from "../open-two-nodes.ts"

let nodes: TwoNodes

before(async () => {
  nodes = await openTwoNodes()
})
after(() => nodes?.close())

test("both nodes take mail for one mailbox, every UID is given once, and a node killed under load loses nothing", async () => {
  const { first, second } = nodes
  const log = createSentLog()
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
  const lanes = [first.server(), second].flatMap((node, at) =>
    [1, 2, 3].map(lane => work(node, at * 10 + lane)),
  )
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
  const client = await SmtpClient.connect(nodes.first.server().smtp)
  await client.command("EHLO client.example")
  const log = createSentLog()
  assert.ok(await deliver(client, log, 99_999))
  await client.quit()
})

async function deliver(client: SmtpClient, log: SentLog, no: number): Promise<boolean> {
  const id = `trial${no}x`
  const { address } = nodes.first.people.ada
  const { bytes } = makeMessage("plain", { from: "x@far.example", to: address, token: id }, no)
  log.tried(id, bytes, [address])
  const answers = await client.deliver({ from: "x@far.example", to: [address], message: bytes })
  if (answers.end?.code === 250) log.accepted(id)
  return answers.end?.code === 250
}
