import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, type TestContext, test } from "node:test"
import { type House, openHouse } from "../../fixtures/house.ts"
import { stuffDots } from "../../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { assertAllKept, corpusTo } from "../corpus.ts"
import { runProgram } from "../run-program.ts"
import { needPerlModule, needTool } from "../tools.ts"

let house: House<"ada">
let folder: string

before(async () => {
  house = await openHouse(["ada"])
  folder = await makeTempFolder()
})
after(async () => {
  await house?.close()
  await removeFolder(folder)
})

test("takes from swaks every kind of message in plain text, byte for byte", async t => {
  await deliverAll(t, 100, [])
})

test("takes from swaks every kind of message under STARTTLS, byte for byte", async t => {
  if (!needPerlModule(t, "Net::SSLeay", "libnet-ssleay-perl")) return
  const output = await deliverAll(t, 200, ["--tls"])
  if (output !== undefined) assert.match(output, /TLS started with cipher TLSv1\.[23]/)
})

/** What swaks said of the last one. */
async function deliverAll(
  t: TestContext,
  seed: number,
  options: readonly string[],
): Promise<string | undefined> {
  const swaks = needTool(t, "swaks", "swaks")
  if (swaks === undefined) return undefined
  const to = house.people.ada.address
  const messages = corpusTo(to, seed)
  let output = ""
  for (const [no, { bytes, shape }] of messages.entries()) {
    const file = join(folder, `${seed + no}.eml`)
    // with its fixing-up switched off, swaks sends the file as it is: stuffed and ended by us
    await writeFile(file, Buffer.concat([stuffDots(bytes), Buffer.from(".\r\n")]))
    const { host, port } = house.server().smtp
    const where = ["--server", `${host}:${port}`, "--from", "someone@far.example", "--to", to]
    const args = [...where, "--ehlo", "swaks.example", "--no-data-fixup", "--data", `@${file}`, ...options]
    const result = await runProgram(swaks, args)
    assert.equal(result.code, 0, `${shape}: ${result.output.slice(-600)}`)
    output = result.output
  }
  await assertAllKept(house, "ada", messages)
  return output
}
