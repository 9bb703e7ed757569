import { dirname, join } from "node:path"
import type { TestContext } from "node:test"
import { fileURLToPath } from "node:url"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { createInMemorySetup, type InMemorySetup } from "../../fixtures/in-memory-setup.ts"
import { noLedger } from "../../fixtures/no-ledger.ts"
import { type HttpDoor, type HttpDoorOptions, openHttpDoor } from "../../server/src/doors/http/index.ts"
import { systemChance } from "../../server/src/ports/chance.ts"
import { silentLog } from "../../server/src/ports/log.ts"
import type { CheckResults, PolicyDocument } from "../../server/src/privacy/policy/index.ts"
import { testDocument, testFacts, testPolicy } from "../../server/src/privacy/policy/test-policy.ts"
import { testPrivacy } from "../../server/src/privacy/test-privacy.ts"

/** A door on a free port with the built page, and nothing but memory behind it. */
export interface SetupHouse {
  readonly door: HttpDoor
  readonly service: InMemorySetup
  /** Moves the server's clock. */
  pass(ms: number): void
}

const noResults: CheckResults = new Map()

export const webFolder = join(dirname(fileURLToPath(import.meta.url)), "..", "dist")

/** Closed with the test, however that ends. */
export async function openSetupHouse(
  context: TestContext,
  ledger: HttpDoorOptions["ledger"] = noLedger,
  documents: readonly PolicyDocument[] = [
    testDocument(),
    testDocument({ ...testFacts, switchedOn: new Set(["smtp"]) }),
  ],
): Promise<SetupHouse> {
  const service = createInMemorySetup()
  let now = Date.UTC(2026, 0, 2)
  const door = await openHttpDoor({
    privacy: testPrivacy,
    ledger,
    listen: { host: "127.0.0.1", port: 0 },
    names: [],
    webFolder,
    service,
    pages: {
      policy: testPolicy(documents),
      results: async () => noResults,
    },
    offer: { playDomain: "letterkeep.localhost", passwordMinimum: 10 },
    mailPolicy: { policyOf: async () => undefined },
    mailPrograms: { hostname: "mx.house.example", servers: [], isOurs: async () => false },
    challenges: undefined,
    health: { waitingFor: () => [], metrics: () => "" },
    clock: { now: () => now },
    chance: systemChance,
    log: silentLog,
  })
  context.after(() => door.close())
  return {
    door,
    service,
    pass: ms => {
      now += ms
    },
  }
}

/** A page that notes what ought never to happen: an error, a breach of the policy, a request to anybody else. */
export interface WatchedPage {
  readonly page: Page
  readonly faults: readonly string[]
}

export function openPage(
  test: TestContext,
  browser: Browser,
  house: SetupHouse,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  return watchPage(test, browser, `http://${house.door.address}`, options)
}

/** A new page in a profile of its own; `origin` alone may be asked for anything. */
export async function watchPage(
  test: TestContext,
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options })
  test.after(() => context.close())
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const faults: string[] = []
  page.on("pageerror", error => faults.push(`error: ${error.message}`))
  page.on("console", message => {
    // Answers like 403 and 410 are spelt out by the page; the browser notes them as errors of loading.
    const isAnswer = message.text().startsWith("Failed to load resource: the server responded")
    if (message.type() === "error" && !isAnswer) faults.push(`console: ${message.text()}`)
  })
  page.on("request", request => {
    const isOurs = request.url().startsWith(`${origin}/`) || request.url().startsWith("blob:")
    if (!isOurs) faults.push(`request: ${request.url()}`)
  })
  return { page, faults }
}

export const password = "blue river stones at dawn"

/** Fills in the form and sends it. */
export async function makeAnna(page: Page): Promise<void> {
  await page.getByLabel("Your address").fill("anna")
  await page.getByLabel("Password", { exact: true }).fill(password)
  await page.getByRole("button", { name: "Make my account" }).click()
}

export async function saveCode(page: Page): Promise<void> {
  await page.getByLabel("I have saved the code").check()
  await page.getByRole("button", { name: "Continue" }).click()
}
