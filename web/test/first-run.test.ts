import assert from "node:assert/strict"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { after, before, describe, type TestContext, test } from "node:test"
import { setTimeout as pause } from "node:timers/promises"
import type { Browser, Page } from "playwright-core"
import { openBrowser } from "../../fixtures/browser.ts"
import { type RunningServer, startServer } from "../../fixtures/server.ts"
import { makeAnna, password, saveCode, watchPage } from "./setup-house.ts"

/**
 * The first run as a newcomer has it: a server process of its own, its one-time link, a browser, and a letter that
 * goes through the SMTP door. With `LETTERKEEP_SCREENSHOTS=folder` it leaves pictures of each page.
 */

const screens = [
  { name: "desk", viewport: { width: 1280, height: 900 } },
  { name: "phone", viewport: { width: 390, height: 844 } },
]
const address = "anna@letterkeep.localhost"
const limit = { timeout: 120_000 }

let browser: Browser
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())

async function startFreshServer(context: TestContext): Promise<{ server: RunningServer; link: string }> {
  const server = await startServer()
  context.after(() => server.stop())
  const link = server.ready.setup
  assert.ok(typeof link === "string", "a server without people prints its link")
  return { server, link }
}

/** The ready file is there a moment before what was printed has come through the pipe. */
async function isPrinted(server: RunningServer, text: string): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    if ((await server.log()).includes(text)) return true
    await pause(100)
  }
  return false
}

const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor()

describe("the first run on a real server", limit, () => {
  test(
    "goes from the printed link to a letter that was opened, and uses the link up",
    limit,
    async context => {
      const { server, link } = await startFreshServer(context)
      assert.ok(await isPrinted(server, link), "the link is printed")
      const { page, faults } = await watchPage(context, browser, new URL(link).origin)
      const photograph = photographer(page)

      await page.goto(link)
      await heading(page, "Welcome to Letterkeep")
      await photograph("1-welcome")
      await makeAnna(page)
      await heading(page, "Keep this code safe")
      await photograph("2-recovery")
      const code = (await page.getByTestId("recovery-code").textContent()) ?? ""
      await saveCode(page)

      await heading(page, "Send yourself a mail")
      await page.getByRole("button", { name: "Send me a mail" }).click()
      await heading(page, "Your first letter")
      for (const station of [
        "Connected",
        "Accepted by the door",
        "Screened",
        "Sealed",
        "Kept",
        "Opened with your key",
      ])
        await page.getByText(`${station}: done`).waitFor()
      await page.getByText("Let in, because").waitFor()
      await page.getByText("Technical facts").click()
      await photograph("3-opened")

      await page.getByRole("button", { name: "Next steps" }).click()
      await heading(page, "What comes next")
      await photograph("4-next")
      await page.getByRole("button", { name: "Finish" }).click()
      await heading(page, "All set")
      await page.goto("about:blank")
      await page.goto(link)
      await heading(page, "This link has been used")
      await photograph("5-used")
      assert.deepEqual(faults, [])

      // What the page made is what the command line knows.
      const read = await server.cli(["read", address, "--password-stdin"], { stdin: `${password}\n` })
      assert.match(read.stdout.toString(), /^INBOX +1 .*Letterkeep.*\n +Your first letter\n$/)
      const recovered = await server.cli(["account", "recover", address], {
        stdin: `${code}\nanother green valley\n`,
      })
      assert.equal(recovered.code, 0, recovered.stderr)
    },
  )

  test(
    "says that the door puts mail off when the disk is full, and lets go of a password that changed",
    limit,
    async context => {
      const server = await startServer({ config: { store: { low_water: "1000000GB" } } })
      context.after(() => server.stop())
      const link = String(server.ready.setup)
      const { page } = await watchPage(context, browser, new URL(link).origin)
      await page.goto(link)
      await makeAnna(page)
      await saveCode(page)
      await page.getByRole("button", { name: "Send me a mail" }).click()
      await page.getByText(/^The mail door said: 452 4\.3\.1/).waitFor()
      await page.getByText("Accepted by the door: not reached").waitFor()

      const changed = await server.cli(["account", "password", address], {
        stdin: `${password}\nanother green valley\n`,
      })
      assert.equal(changed.code, 0, changed.stderr)
      await page.getByRole("button", { name: "Send me a mail" }).click()
      await heading(page, "You were away for a while")
    },
  )
})

/** Both sizes, by day and by night; nothing where no folder is named. */
function photographer(page: Page): (name: string) => Promise<void> {
  const folder = process.env.LETTERKEEP_SCREENSHOTS
  return async name => {
    if (folder === undefined) return
    await mkdir(folder, { recursive: true })
    for (const screen of screens)
      for (const colorScheme of ["light", "dark"] as const) {
        await page.setViewportSize(screen.viewport)
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
        const path = join(folder, `real-${name}-${screen.name}-${colorScheme}.png`)
        await page.screenshot({ path, fullPage: true })
      }
  }
}
