import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Browser } from "playwright-core"
import { openBrowser } from "../../fixtures/browser.ts"
import { noLedger } from "../../fixtures/no-ledger.ts"
import { testDocument, testFacts } from "../../server/src/privacy/policy/test-policy.ts"
import { inspect } from "./inspect.ts"
import { openPage, openSetupHouse } from "./setup-house.ts"

/**
 * The pages about privacy, on a desk and on a phone, by day and by night: no breach of WCAG 2.2 AA that axe can find,
 * nothing wider than the screen. With `LETTERKEEP_SCREENSHOTS=folder` it leaves pictures to look at.
 */

const pages = ["/privacy", "/privacy/versions?page=2", "/privacy/versions/1", "/privacy/diff?from=1&to=1.120"]
/** More versions than a page of the list holds; the last with much switched off. */
const documents = Array.from({ length: 120 }, (_, at) =>
  testDocument({
    operator: { ...testFacts.operator, address: `Seeweg ${at}` },
    switchedOn: at < 119 ? testFacts.switchedOn : new Set(["smtp"]),
  }),
)
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
        const house = await openSetupHouse(context, noLedger, documents)
        const { page, faults } = await openPage(context, browser, house, { viewport, colorScheme })
        for (const [index, path] of pages.entries()) {
          await page.goto(`http://${house.door.address}${path}`)
          await inspect(page, `privacy-${index}-${name}-${colorScheme}`)
        }
        assert.deepEqual(faults, [])
      })
    }
  }

  test("of a list that is turned, any two versions can be compared by typing their numbers", async context => {
    const house = await openSetupHouse(context, noLedger, documents)
    const { page, faults } = await openPage(context, browser, house)
    await page.goto(`http://${house.door.address}/privacy/versions`)
    await page.getByRole("link", { name: "Older" }).click()
    await page.getByText("Page 2 of 3").waitFor()
    await page.getByLabel("From version").fill("1.3")
    await page.getByLabel("to version").fill("1.120")
    await page.getByRole("button", { name: "Compare" }).click()
    await page.getByRole("heading", { name: "What changed", level: 1 }).waitFor()
    assert.match(page.url(), /\/privacy\/diff\?from=1\.3&to=1\.120$/)
    await page.getByText("Seeweg 119").waitFor()
    assert.deepEqual(faults, [])
  })

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
