import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Browser } from "playwright-core"
import { openBrowser } from "../../fixtures/browser.ts"
import { inspect } from "./inspect.ts"
import { makeAnna, openPage, openSetupHouse, saveCode } from "./setup-house.ts"

/**
 * Every page of the first run, on a desk and on a phone, by day and by night: no breach of WCAG 2.2 AA that axe
 * can find, nothing wider than the screen. With `LETTERKEEP_SCREENSHOTS=folder` it leaves pictures to look at.
 */

const screens = [
  { name: "desk", viewport: { width: 1280, height: 900 } },
  { name: "phone", viewport: { width: 390, height: 844 } },
]
const schemes = ["light", "dark"] as const

let browser: Browser
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())

describe("every page of the first run is fit to be seen and read", () => {
  for (const screen of screens) {
    for (const colorScheme of schemes) {
      test(`on a ${screen.name}, ${colorScheme}`, { timeout: 120_000 }, async context => {
        const house = await openSetupHouse(context)
        const { page, faults } = await openPage(context, browser, house, {
          viewport: screen.viewport,
          colorScheme,
          reducedMotion: "reduce",
        })
        const look = (name: string) => inspect(page, `${name}-${screen.name}-${colorScheme}`)
        await page.goto(house.door.setupLink)
        await page.getByRole("heading", { name: "Welcome to Letterkeep" }).waitFor()
        await look("1-welcome")
        await page.getByLabel("My own domain").check()
        await page.getByLabel("Password", { exact: true }).fill("password")
        await page.getByRole("button", { name: "Make my account" }).click()
        await look("2-welcome-errors")
        await page.getByLabel("A place to try things").check()
        await page.getByLabel("Password", { exact: true }).fill("blue river stones")
        await look("3-welcome-hint")
        await makeAnna(page)
        await page.getByRole("heading", { name: "Keep this code safe" }).waitFor()
        await page.getByRole("button", { name: "Continue" }).click()
        await look("4-recovery")
        await saveCode(page)
        await page.getByRole("heading", { name: "Send yourself a mail" }).waitFor()
        await look("5-first-mail")
        const release = house.service.holdTries()
        await page.getByRole("button", { name: "Send me a mail" }).click()
        await page.getByText("Screened: done").waitFor()
        await look("6-under-way")
        release()
        await page.getByRole("heading", { name: "Your mail number 1" }).waitFor()
        await page.getByRole("button", { name: "Send me another mail" }).click()
        await page.getByRole("heading", { name: "Your mail number 2" }).waitFor()
        await page.getByText("Technical facts").click()
        await look("7-opened")
        house.service.failNextTry({
          kind: "failed",
          step: "accepted",
          message: "The door said: 452 4.3.1 no room.",
        })
        await page.getByRole("button", { name: "Send me another mail" }).click()
        await page.getByText("no room").waitFor()
        await look("8-failed")
        await page.getByRole("button", { name: "Next steps" }).click()
        await page.getByRole("heading", { name: "What comes next" }).waitFor()
        await look("9-next")
        await page.getByRole("button", { name: "Finish" }).click()
        await page.getByRole("heading", { name: "All set" }).waitFor()
        await look("10-left")
        await page.reload()
        await page.getByRole("heading", { name: "This link has been used" }).waitFor()
        await look("11-used")
        assert.deepEqual(faults, [])
      })
    }
  }
})
