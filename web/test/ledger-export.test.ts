import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import type { Browser } from "playwright-core"
import { openBrowser } from "../../fixtures/browser.ts"
import { type House, openHouse, succeeded } from "../../fixtures/house.ts"
import { addressOf } from "../../fixtures/server.ts"
import { watchPage } from "./setup-house.ts"

/** The whole way: what a running server exports for a person is what its own page takes, and nothing altered is. */

let browser: Browser
let house: House<"ada" | "bob">

describe("a file that the server exports", () => {
  before(async () => {
    browser = await openBrowser()
    house = await openHouse(["ada", "bob"])
  })
  after(async () => {
    await browser?.close()
    await house?.close()
  })

  test("shows on the server's page what was done, and is refused when a word of it is changed", async context => {
    const { ada } = house.people
    const server = house.server()
    const reason = "Ada asked us why her mail is late"
    const until = new Date(Date.now() + 86_400_000).toISOString()
    succeeded(await server.cli(["staff", "agree", "Rita Roe", "--until", until]))
    succeeded(await server.cli(["account", "show", ada.address, "--reason", reason, "--by", "Rita Roe"]))
    const file = join(house.folder, "ada.json")
    const args = ["ledger", "export", ada.address, "--password-stdin", "--out", file]
    succeeded(await server.cli(args, { stdin: `${ada.password}\n` }))

    const { host, port } = addressOf(server.ready, "http")
    const origin = `http://${host}:${port}`
    const { page, faults } = await watchPage(context, browser, origin)
    await page.goto(`${origin}/ledger/verify`)
    await page.getByLabel("Proof file").setInputFiles(file)
    await page.getByRole("heading", { name: "Everything in this file holds" }).waitFor()
    await page.getByText("Signed by the server that gave you this page").waitFor()
    await page.getByText(`The reason they gave: “${reason}”`).waitFor()
    const titles = await page.getByRole("listitem").getByRole("heading").allTextContents()
    assert.deepEqual(titles, [
      "Rita Roe, who runs this server, looked at your data",
      "Your account got its key number 1",
    ])

    const honest = await readFile(file, "utf8")
    assert.ok(!honest.includes(house.people.bob.address))
    const altered = join(house.folder, "altered.json")
    await writeFile(altered, honest.replace("why her mail is late", "why her mail is soon"))
    await page.getByLabel("Proof file").setInputFiles(altered)
    await page.getByRole("heading", { name: "This file does not hold" }).waitFor()
    await page.getByText("✗ Altered: this is not what the ledger holds").waitFor()
    assert.deepEqual(faults, [])
  })
})
