import assert from "node:assert/strict"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, describe, type TestContext, test } from "node:test"
import { pathToFileURL } from "node:url"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { openBrowser } from "../../fixtures/browser.ts"
import { noLedger } from "../../fixtures/no-ledger.ts"
import type { ProofFile } from "../../server/src/privacy/ledger/proof-file.ts"
import { inspect } from "./inspect.ts"
import { annasEvents, proofOf, signerOf, verifierKey } from "./ledger-proof.ts"
import { openSetupHouse, webFolder } from "./setup-house.ts"

/**
 * The page that checks a ledger file, in a real browser: as the server gives it out, and as it lies saved on a disk.
 * Whatever it asks the network for after it was loaded fails the test. With `LETTERKEEP_SCREENSHOTS=folder` it leaves
 * pictures to look at.
 */

let browser: Browser
let folder: string
let proof: ProofFile
before(async () => {
  browser = await openBrowser()
  folder = await mkdtemp(join(tmpdir(), "letterkeep-ledger-"))
  proof = await proofOf()
})
after(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

/** The page at the door, with the door's headers and the key of the ledger. */
async function served(test: TestContext): Promise<string> {
  const { door } = await openSetupHouse(test, { ...noLedger, open: { ...noLedger.open, verifierKey } })
  return `http://${door.address}/ledger/verify`
}

interface Opened {
  readonly page: Page
  /** What ought never to happen: errors, breaches of the policy, requests but the one for the page. */
  readonly faults: readonly string[]
}

async function openAt(test: TestContext, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options })
  test.after(() => context.close())
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const faults: string[] = []
  page.on("pageerror", error => faults.push(`error: ${error.message}`))
  page.on("console", message => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`)
  })
  page.on("request", request => {
    const isOwn = request.url() === url || request.url().startsWith("data:")
    if (!isOwn) faults.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  await page.getByRole("heading", { name: "Check your ledger" }).waitFor()
  return { page, faults }
}

async function choose(page: Page, file: ProofFile | string): Promise<void> {
  const text = typeof file === "string" ? file : JSON.stringify(file)
  await page.getByLabel("Proof file").setInputFiles({
    name: "ledger.json",
    mimeType: "application/json",
    buffer: Buffer.from(text),
  })
}

const verdict = (page: Page) => page.getByRole("status")
const holds = (page: Page) => verdict(page).getByRole("heading", { name: "Everything in this file holds" })
const fails = (page: Page) => verdict(page).getByRole("heading", { name: "This file does not hold" })

describe("the page that checks a ledger file", () => {
  test("shows each event in plain words, newest first, and that it is in the ledger", async context => {
    const { page, faults } = await openAt(context, await served(context))
    await choose(page, proof)
    await holds(page).waitFor()
    await verdict(page).getByText("4 entries checked").waitFor()
    await verdict(page).getByText("Signed by the server that gave you this page").waitFor()
    const titles = await page.getByRole("listitem").getByRole("heading").allTextContents()
    assert.deepEqual(titles, [
      "A choice of yours: Global Privacy Control – on",
      "Shared with: Name servers (DNS)",
      "Rita Roe, who runs this server, looked at your data",
      "Your account got its key number 1",
    ])
    assert.equal(await page.getByText("✓ In the ledger").count(), 4)
    await page.getByText("up to 1000 values").waitFor()
    await page.getByText('The reason they gave: “Anna wrote: "my mail is full" <b>”').waitFor()
    await page.getByText("4 March 2026 at 12:00:03 UTC").waitFor()
    assert.deepEqual(faults, [])
  })

  test("works when it was saved and is opened from a disk, and says that it knows no key", async context => {
    const saved = join(folder, "saved.html")
    await writeFile(saved, await readFile(join(webFolder, "alone", "ledger-verify.html")))
    const { page, faults } = await openAt(context, pathToFileURL(saved).href)
    await page.context().setOffline(true)
    await choose(page, proof)
    await holds(page).waitFor()
    await verdict(page).getByText("which only the file itself names").waitFor()
    assert.deepEqual(faults, [])
  })

  test("a copy saved from the server knows the server's key", async context => {
    const saved = join(folder, "saved-with-key.html")
    await writeFile(saved, await (await fetch(await served(context))).text())
    const { page, faults } = await openAt(context, pathToFileURL(saved).href)
    await choose(page, proof)
    await holds(page).waitFor()
    await choose(page, await proofOf(annasEvents, signerOf(2)))
    await verdict(page).getByText("signed by another key").waitFor()
    assert.deepEqual(faults, [])
  })

  test("refuses what was altered, and names it", async context => {
    const { page, faults } = await openAt(context, await served(context))
    const text = JSON.stringify(proof)
    await choose(page, text.replace("my mail is full", "my mail is here"))
    await fails(page).waitFor()
    await verdict(page).getByText("1 entry of 4 did not pass").waitFor()
    await page.getByText("✗ Altered: this is not what the ledger holds").waitFor()
    assert.equal(await page.getByText("✓ In the ledger").count(), 3)
    await choose(page, { ...proof, events: proof.events.map(event => ({ ...event, leaf: event.leaf + 1 })) })
    await page.getByText("✗ Not in the ledger that was signed").first().waitFor()
    await choose(page, text.replace("\\n12\\n", "\\n13\\n"))
    await verdict(page).getByText("has been altered").waitFor()
    assert.equal(await page.getByRole("listitem").count(), 0)
    await choose(page, "{}")
    await verdict(page).getByText("not a proof file").waitFor()
    await choose(page, proof)
    await holds(page).waitFor()
    assert.deepEqual(faults, [])
  })

  test("shows many events in parts, and the keyboard goes on where the new ones begin", async context => {
    const many = await proofOf(
      Array.from({ length: 450 }, () => annasEvents)
        .flat()
        .slice(0, 450),
    )
    const { page, faults } = await openAt(context, await served(context))
    await choose(page, many)
    await holds(page).waitFor()
    assert.equal(await page.getByText("✓ In the ledger").count(), 200)
    await page.getByRole("button", { name: "Show more (250 older)" }).press("Enter")
    const last = page.getByRole("button", { name: "Show more (50 older)" })
    await last.waitFor()
    assert.equal(await page.getByText("✓ In the ledger").count(), 400)
    const focused = await page.evaluate(
      "[...document.querySelectorAll('#list > li')].indexOf(document.activeElement)",
    )
    assert.equal(focused, 200)
    await last.click()
    await page.getByRole("button", { name: /Show more/ }).waitFor({ state: "hidden" })
    assert.equal(await page.getByText("✓ In the ledger").count(), 450)
    assert.deepEqual(faults, [])
  })

  test("takes a file of any length, and shows what did not pass in it however far back that lies", async context => {
    const many = await proofOf(
      Array.from({ length: 1_100 }, (_, at) => ({
        kind: "choice",
        choice: "a",
        value: `${at}`,
        wording: "w",
      })),
    )
    // As if each entry had more to say: what it says is short, so that the check takes no minute.
    const text = JSON.stringify(many).replaceAll('{"leaf":', `${" ".repeat(62_000)}{"leaf":`)
    assert.ok(text.length > 64 * 1024 * 1024, "longer than what a page could ever take at once")
    const { page, faults } = await openAt(context, await served(context))
    page.setDefaultTimeout(40_000)
    const large = join(folder, "large.json")
    await writeFile(large, text)
    await page.getByLabel("Proof file").setInputFiles(large)
    await holds(page).waitFor()
    await verdict(page).getByText("1,100 entries checked").waitFor()
    await page.getByRole("heading", { name: "A choice of yours: a – 1099" }).waitFor()
    await page.getByRole("button", { name: "Show more (900 older)" }).click()
    await page.getByRole("heading", { name: "A choice of yours: a – 750" }).waitFor()

    await writeFile(large, text.replace('\\"value\\":\\"17\\"', '\\"value\\":\\"71\\"'))
    await page.getByLabel("Proof file").setInputFiles([])
    await page.getByLabel("Proof file").setInputFiles(large)
    await verdict(page).getByText("1 entry of 1,100 did not pass").waitFor()
    await page.getByText("What did not pass: 1 entry").click()
    await verdict(page).getByText("✗ Altered: this is not what the ledger holds").waitFor()
    await verdict(page).getByRole("heading", { name: "A choice of yours: a – 71" }).waitFor()
    assert.deepEqual(faults, [])
  })

  test("takes a file that is dropped on it", async context => {
    const { page, faults } = await openAt(context, await served(context))
    const data = await page.evaluateHandle(text => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([text], "ledger.json"))
      return transfer
    }, JSON.stringify(proof))
    await page.dispatchEvent("main", "drop", { dataTransfer: data })
    await holds(page).waitFor()
    assert.deepEqual(faults, [])
  })

  test("its policy lets it ask nobody for anything", async context => {
    const { page } = await openAt(context, await served(context))
    const answer = await page.evaluate(() =>
      fetch("/ledger/checkpoint").then(
        () => "answered",
        () => "refused",
      ),
    )
    assert.equal(answer, "refused")
  })

  test("does not say that everything holds where the server left out what was altered", async context => {
    const { page } = await openAt(context, await served(context))
    await choose(page, { ...proof, altered: 2 })
    await page.getByRole("heading", { name: "What is in this file holds, but it is not all" }).waitFor()
    await page.getByText("2 entries about you are not in this file").waitFor()
    assert.equal(await holds(page).count(), 0)
  })

  for (const { name, viewport } of [
    { name: "desk", viewport: { width: 1280, height: 900 } },
    { name: "phone", viewport: { width: 390, height: 844 } },
  ])
    for (const colorScheme of ["light", "dark"] as const)
      test(`is fit to be seen and read on a ${name}, ${colorScheme}`, async context => {
        const { page, faults } = await openAt(context, await served(context), { viewport, colorScheme })
        await inspect(page, `ledger-1-empty-${name}-${colorScheme}`)
        await choose(page, { ...proof, locked: 2 })
        await holds(page).waitFor()
        await page.getByText("Technical facts of entry 3").click()
        await inspect(page, `ledger-2-holds-${name}-${colorScheme}`)
        await choose(page, JSON.stringify(proof).replace("my mail is full", "my mail is here"))
        await fails(page).waitFor()
        await inspect(page, `ledger-3-altered-${name}-${colorScheme}`)
        await choose(page, "{}")
        await verdict(page).getByText("not a proof file").waitFor()
        await inspect(page, `ledger-4-refused-${name}-${colorScheme}`)
        assert.deepEqual(faults, [])
      })
})
