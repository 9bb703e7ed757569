import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import type { ImapFlow } from "imapflow"
import { makeMessage } from "../../fixtures/mail/messages.ts"
import { addressOf, type RunningServer } from "../../fixtures/server.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"
import { openImapFlow } from "../imapflow.ts"
import { openTwoNodes, type TwoNodes } from "../open-two-nodes.ts"

/** The promise: a new mail is announced to an idling client within this time of its 250, in milliseconds. */
const atMost = 1_000
const howMany = 20

let nodes: TwoNodes
let idlers: readonly ImapFlow[] = []

before(async () => {
  nodes = await openTwoNodes()
})
after(async () => {
  for (const client of idlers) await client.logout()
  await nodes?.close()
})

test("mail that one node takes is announced within a second of its 250 to who idles there and at the other", async () => {
  const servers = [nodes.first.server(), nodes.second]
  idlers = await Promise.all(servers.map(openIdler))
  const heard = idlers.map(listen)
  const smtp = await nodes.first.smtp()
  for (let no = 1; no <= howMany; no += 1) {
    const taken = await deliver(smtp, no)
    for (const [node, waitFor] of heard.entries()) {
      const late = (await waitFor(no)) - taken
      assert.ok(late <= atMost, `mail ${no} was announced ${late} ms after its 250 by node ${node}`)
    }
  }
  await smtp.quit()
})

async function openIdler(server: RunningServer): Promise<ImapFlow> {
  const { host, port } = addressOf(server.ready, "imaps")
  const { address, password } = nodes.first.people.ada
  const client = await openImapFlow({ host, imaps: port, user: address, password })
  await client.mailboxOpen("INBOX")
  // ends with the connection
  client.idle().catch(() => undefined)
  return client
}

/** When the client heard that there are so many messages. */
function listen(client: ImapFlow): (count: number) => Promise<number> {
  const times = new Map<number, number>()
  let wake: () => void = () => undefined
  client.on("exists", ({ count }) => {
    times.set(count, performance.now())
    wake()
  })
  client.on("close", () => wake())
  return async count => {
    const late = setTimeout(() => client.close(), 10 * atMost)
    for (;;) {
      const time = times.get(count)
      if (time !== undefined) {
        clearTimeout(late)
        return time
      }
      if (!client.usable) throw new Error(`mail ${count} was not announced`)
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
}

async function deliver(smtp: Awaited<ReturnType<TwoNodes["first"]["smtp"]>>, no: number): Promise<number> {
  const { address } = nodes.first.people.ada
  const wish = { from: "someone@far.example", to: address, token: `ring${no}` }
  const { bytes } = makeMessage("plain", wish, no)
  const answers = await smtp.deliver({ from: wish.from, to: [address], message: bytes })
  assert.equal(answers.end?.code, 250, lastAnswer(answers))
  return performance.now()
}
