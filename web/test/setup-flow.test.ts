import assert from "node:assert/strict"
import { readdir, readFile, stat } from "node:fs/promises"
import { after, before, describe, type TestContext, test } from "node:test"
import type { Browser } from "playwright-core"
import { openBrowser } from "../../fixtures/browser.ts"
import { recoveryCode } from "../../fixtures/in-memory-setup.ts"
import { makeAnna, openPage, openSetupHouse, password, saveCode, webFolder } from "./setup-house.ts"

let browser: Browser
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())

async function begin(context: TestContext) {
  const house = await openSetupHouse(context)
  const { page, faults } = await openPage(context, browser, house)
  await page.goto(house.door.setupLink)
  const heading = (name: string) => page.getByRole("heading", { name, exact: true })
  await heading("Welcome to Letterkeep").waitFor()
  return { house, page, faults, heading }
}

const limit = { timeout: 60_000 }

describe("the first run", limit, () => {
  test("goes from the link to an opened mail with the keyboard alone", limit, async context => {
    const { page, faults, heading } = await begin(context)
    const { keyboard } = page
    const focusOn = async (name: string) => {
      for (let presses = 0; presses < 20; presses += 1) {
        await keyboard.press("Tab")
        const focused = page.locator(":focus")
        const label = (await focused.getAttribute("aria-label")) ?? (await focused.textContent())
        const named = await page.getByLabel(name, { exact: true }).and(focused).count()
        if (named > 0 || label === name) return
      }
      assert.fail(`Tab never came to ${name}`)
    }
    await focusOn("Your address")
    await keyboard.type("anna")
    await focusOn("Password")
    await keyboard.type(password)
    await keyboard.press("Enter")
    await heading("Keep this code safe").waitFor()
    await focusOn("I have saved the code")
    await keyboard.press("Space")
    await keyboard.press("Enter")
    await heading("Send yourself a mail").waitFor()
    await focusOn("Send me a mail")
    await keyboard.press("Enter")
    await heading("Your mail number 1").waitFor()
    await keyboard.press("Enter") // the focus is still on the button
    await heading("Your mail number 2").waitFor()
    await focusOn("Next steps")
    await keyboard.press("Enter")
    await heading("What comes next").waitFor()
    await focusOn("Finish")
    await keyboard.press("Enter")
    await heading("All set").waitFor()
    assert.deepEqual(faults, [])
  })

  test("shows errors in place, takes the focus to the first, and loses nothing", limit, async context => {
    const { page, house, heading } = await begin(context)
    const domain = page.getByRole("textbox", { name: "Domain" })
    await page.getByLabel("My own domain").check()
    await domain.fill("taken.example")
    await page.getByLabel("Name of your organisation").fill("The Bergs")
    await page.getByRole("button", { name: "Make my account" }).click()
    await page.getByText("Write the part of your address before the @.").waitFor()
    assert.equal(await page.locator(":focus").getAttribute("name"), "localPart")
    await makeAnna(page)
    await page.getByText("This domain cannot be used here.").waitFor()
    assert.equal(await page.locator(":focus").getAttribute("name"), "domain")

    await page.route("**/setup/api/person", route => route.abort())
    await domain.fill("berg.example")
    await page.getByRole("button", { name: "Make my account" }).click()
    await page.getByText("The server did not answer. Nothing is lost").waitFor()
    assert.equal(await page.getByLabel("Your address").inputValue(), "anna")
    assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), password)
    assert.equal(await page.getByLabel("Name of your organisation").inputValue(), "The Bergs")
    await page.unroute("**/setup/api/person")
    await page.getByRole("button", { name: "Make my account" }).click()
    await heading("Keep this code safe").waitFor()
    assert.equal(await house.service.state(), "done")
  })

  test("shows the recovery code once: copied, downloaded, printed, then gone", limit, async context => {
    const { page, heading } = await begin(context)
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"])
    await makeAnna(page)
    await heading("Keep this code safe").waitFor()
    assert.equal(await page.getByTestId("recovery-code").textContent(), recoveryCode)
    assert.equal(new URL(page.url()).hash, "")

    await page.getByRole("button", { name: "Copy" }).click()
    await page.getByRole("button", { name: "Copied" }).waitFor()
    assert.equal(await page.evaluate("navigator.clipboard.readText()"), recoveryCode)

    const downloading = page.waitForEvent("download")
    await page.getByRole("button", { name: "Download" }).click()
    const download = await downloading
    assert.equal(download.suggestedFilename(), "letterkeep-recovery-code-anna-letterkeep.localhost.txt")
    assert.ok((await readFile(await download.path(), "utf8")).includes(recoveryCode))

    await page.emulateMedia({ media: "print" })
    assert.ok(await page.getByText(recoveryCode).isVisible())
    assert.ok(await page.getByText("anna@letterkeep.localhost", { exact: true }).isVisible())
    assert.ok(!(await page.getByRole("button", { name: "Continue" }).isVisible()))
    await page.emulateMedia({ media: "screen" })

    await page.getByRole("button", { name: "Continue" }).click()
    await page.getByText("Save the code first").waitFor()
    await saveCode(page)
    await heading("Send yourself a mail").waitFor()
    assert.ok(!(await page.content()).includes(recoveryCode))
  })

  test("asks before the page is left with the code unsaved", limit, async context => {
    const { page, heading } = await begin(context)
    await makeAnna(page)
    await heading("Keep this code safe").waitFor()
    await page.getByLabel("I have saved the code").check()
    const asking = page.waitForEvent("dialog")
    await page.close({ runBeforeUnload: true })
    const dialog = await asking
    assert.equal(dialog.type(), "beforeunload")
    await dialog.dismiss()
    assert.ok(await page.getByText(recoveryCode).isVisible())
  })

  test("leaves no trace in the browser: no cookie, nothing stored", limit, async context => {
    const { page, heading } = await begin(context)
    await makeAnna(page)
    await saveCode(page)
    await heading("Send yourself a mail").waitFor()
    assert.deepEqual(await page.context().cookies(), [])
    assert.deepEqual(await page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage)]"), [
      [],
      [],
    ])
  })

  test("opens any mail of the list, and says where a try stopped", limit, async context => {
    const { page, house, heading } = await begin(context)
    await makeAnna(page)
    await saveCode(page)
    await page.getByRole("button", { name: "Send me a mail" }).click()
    await heading("Your mail number 1").waitFor()
    await page.getByRole("button", { name: "Send me another mail" }).click()
    await heading("Your mail number 2").waitFor()
    await page.getByRole("listitem").getByRole("button", { name: "Your mail number 1" }).click()
    await heading("Your mail number 1").waitFor()
    await page.getByText("It came from this machine itself.").waitFor()
    await page.getByText("Technical facts").click()
    await page.getByText("1,262 bytes").waitFor()

    house.service.failNextTry({ kind: "failed", step: "accepted", message: "The door said: 452 4.3.1." })
    await page.getByRole("button", { name: "Send me another mail" }).click()
    await page.getByText("The door said: 452 4.3.1.").waitFor()
    await page.getByText("Accepted by the door: not reached").waitFor()
    house.service.failNextTry(new Error("the store went away"))
    await page.getByRole("button", { name: "Send me another mail" }).click()
    await page.getByText("Something went wrong in the server").waitFor()
  })

  test("stays calm when the session was idle for too long", limit, async context => {
    const { page, house, heading } = await begin(context)
    await makeAnna(page)
    await saveCode(page)
    await heading("Send yourself a mail").waitFor()
    house.pass(15 * 60_000)
    await page.getByRole("button", { name: "Send me a mail" }).click()
    await heading("You were away for a while").waitFor()
    await page.getByText("./letterkeep read anna@letterkeep.localhost --password-stdin").waitFor()
    assert.equal(house.service.openSessions, 0)
  })

  test("tells a link that does not fit, and takes the right one in its place", limit, async context => {
    const house = await openSetupHouse(context)
    const { page, faults } = await openPage(context, browser, house)
    await page.goto(`http://${house.door.address}/`)
    await page.getByRole("heading", { name: "This link does not fit" }).waitFor()
    await page.goto(house.door.setupLink)
    await page.getByRole("heading", { name: "Welcome to Letterkeep" }).waitFor()
    assert.deepEqual(faults, [])
  })

  test("waits for a server that is not ready, and goes on by itself", limit, async context => {
    const house = await openSetupHouse(context)
    const { page } = await openPage(context, browser, house)
    await page.route("**/setup/api/state", route => route.abort())
    await page.goto(house.door.setupLink)
    await page.getByRole("heading", { name: "The server is not ready" }).waitFor()
    await page.unroute("**/setup/api/state")
    await page.getByRole("heading", { name: "Welcome to Letterkeep" }).waitFor()
  })
})

test("the page's scripts weigh less than 120 KB, packed", async () => {
  const folder = `${webFolder}/assets`
  const packed = (await readdir(folder)).filter(name => name.endsWith(".js.gz"))
  assert.ok(packed.length > 0)
  const sizes = await Promise.all(packed.map(async name => (await stat(`${folder}/${name}`)).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  assert.ok(total < 120_000, `${total} bytes`)
})
