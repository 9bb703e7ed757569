import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { freePort, listening, startDaemon } from "../../fixtures/daemons.ts"
import { type House, openHouse } from "../../fixtures/house.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { assertAllKept, corpusTo } from "../corpus.ts"
import { needPostfix, startPostfixRelay } from "../postfix-relay.ts"
import { envelopeTo, type Mail, sendAll } from "../sending.ts"
import { needRoot, needTool } from "../tools.ts"

/** The sending side of packages/smtp over real connections, with far sides that others wrote and with our own door. */
let house: House<"ada">

before(async () => {
  house = await openHouse(["ada"])
})
after(() => house?.close())

function mailsOf(messages: ReturnType<typeof corpusTo>, to: string): Mail[] {
  return messages.map(({ bytes, eightBit }) => {
    const body = eightBit ? "8BITMIME" : "7BIT"
    return { text: bytes, envelope: envelopeTo("someone@far.example", to, { body, size: bytes.length }) }
  })
}

for (const [seed, without, command] of [
  [500, "", "BDAT"],
  [600, "chunking", "DATA"],
  [700, "chunking, pipelining, size, dsn", "DATA"],
] as const) {
  const less = without === "" ? "" : ` that offers no ${without}`
  test(`hands every shape of message to a Postfix${less}, which hands it on byte for byte`, async t => {
    if (!needPostfix(t)) return
    const relayer = await startPostfixRelay({ next: house.server().smtp, without })
    t.after(() => relayer.stop())
    const { address } = house.people.ada
    const messages = corpusTo(address, seed)
    const { outcomes, wrote, end } = await sendAll(relayer.smtp, mailsOf(messages, address), "wanted")
    assert.equal(end, "quit")
    for (const [at, outcome] of outcomes.flat().entries())
      assert.equal(outcome.kind, "accepted", `${messages[at]?.shape}: ${JSON.stringify(outcome)}`)
    assert.equal(outcomes.length, messages.length)
    assert.match(wrote, new RegExp(`^${command}\\b`, "m"))
    await relayer.handedOver()
    await assertAllKept(house, "ada", messages)
  })
}

test("hands every shape of message to our own door under STARTTLS", async () => {
  const { address } = house.people.ada
  const messages = corpusTo(address, 800)
  const { outcomes, end } = await sendAll(house.server().smtp, mailsOf(messages, address), "required")
  assert.equal(end, "quit")
  assert.deepEqual(
    outcomes.flat().map(({ kind }) => kind),
    messages.map(() => "accepted"),
  )
  await assertAllKept(house, "ada", messages)
})

/** smtp-sink's options, and what comes of two mails. */
const sinks: readonly (readonly [string, readonly string[], readonly string[], string])[] = [
  ["does not know EHLO", ["-e"], ["accepted", "accepted"], "quit"],
  ["refuses RCPT for good", ["-f", "RCPT"], ["refused rcpt 500", "refused rcpt 500"], "quit"],
  ["refuses MAIL for now", ["-r", "MAIL"], ["refused mail 450", "refused mail 450"], "quit"],
  ["refuses DATA for now", ["-r", "DATA"], ["refused data 450", "refused data 450"], "quit"],
  [
    "refuses the message at its end",
    ["-f", "."],
    ["refused message-end 500", "refused message-end 500"],
    "quit",
  ],
  ["says 421 to RCPT", ["-Q", "RCPT"], ["refused rcpt 421"], "refused"],
  ["refuses EHLO and HELO", ["-f", "EHLO,HELO"], [], "refused"],
]

for (const [what, options, expected, end] of sinks) {
  test(`tells what came of mail to an smtp-sink that ${what}`, async t => {
    const sink = needTool(t, "smtp-sink", "postfix")
    if (sink === undefined || !needRoot(t)) return
    const folder = await makeTempFolder()
    const port = await freePort()
    const output = join(folder, "log")
    const daemon = await startDaemon(sink, ["-u", "nobody", ...options, `127.0.0.1:${port}`, "10"], output)
    t.after(async () => {
      await daemon.stop()
      await removeFolder(folder)
    })
    await listening({ port })
    const mail = {
      text: Buffer.from("Subject: x\r\n\r\n.\r\n"),
      envelope: envelopeTo("a@us.example", "b@far.example", {}),
    }
    const sent = await sendAll({ host: "127.0.0.1", port }, [mail, mail], "wanted")
    const told = sent.outcomes.flat().map(outcome => {
      if (outcome.kind !== "refused") return outcome.kind
      return `refused ${outcome.step} ${outcome.reply.code}`
    })
    assert.deepEqual([told, sent.end], [expected, end], await readFile(output, "utf8"))
  })
}
