import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Browser } from "playwright-core"
import { openBrowser } from "../../fixtures/browser.ts"
import { inspect } from "./inspect.ts"
import { openPage, openSetupHouse } from "./setup-house.ts"

/**
 * The pages about privacy, on a desk and on a phone, by day and by night: no breach of WCAG 2.2 AA that axe can find,
 * nothing wider than the screen. With `LETTERKEEP_SCREENSHOTS=folder` it leaves pictures to look at.
 */

const pages = ["/privacy", "/privacy/versions", "/privacy/versions/1", "/privacy/diff?from=1&to=1.2"]
const screens = [
  { name: "desk", viewport: { width: 1280, height: 900 } },
  { name: "phone", viewport: { width: 390, height: 844 } },
]

let browser: Browser
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())

describe("every page about privacy is fit to be seen and read", () => {
  for (const { name, viewport } of screens) {
    for (const colorScheme of ["light", "dark"] as const) {
      test(`on a ${name}, ${colorScheme}`, { timeout: 120_000 }, async context => {
        const house = await openSetupHouse(context)
        const { page, faults } = await openPage(context, browser, house, { viewport, colorScheme })
        for (const [index, path] of pages.entries()) {
          await page.goto(`http://${house.door.address}${path}`)
          await inspect(page, `privacy-${index}-${name}-${colorScheme}`)
        }
        assert.deepEqual(faults, [])
      })
    }
  }

  test("from the web app's pages one comes to the policy, and back to its parts by the keyboard", async context => {
    const house = await openSetupHouse(context)
    const { page, faults } = await openPage(context, browser, house)
    await page.goto(house.door.setupLink)
    await page.getByRole("link", { name: "Privacy policy" }).click()
    await page.getByRole("heading", { name: "Privacy policy", level: 1 }).waitFor()
    await page.keyboard.press("Tab")
    assert.equal(await page.evaluate("document.activeElement.textContent"), "To the text")
    await page.keyboard.press("Enter")
    assert.equal(await page.evaluate("document.activeElement.id"), "content")
    await page.getByRole("link", { name: "What it is used for" }).click()
    assert.match(page.url(), /#section-purposes$/)
    assert.deepEqual(faults, [])
  })
})
