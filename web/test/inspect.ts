import assert from "node:assert/strict"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { AxeBuilder } from "@axe-core/playwright"
import type { Page } from "playwright-core"

const pictures = process.env.LETTERKEEP_SCREENSHOTS

/**
 * No breach of WCAG 2.2 AA that axe can find, and nothing wider than the screen. With `LETTERKEEP_SCREENSHOTS=folder` it
 * leaves a picture under `name`.
 */
export async function inspect(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) {
    await mkdir(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
  }
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(" | ")}`)
  assert.deepEqual(found, [], name)
  const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
  assert.ok(Number(overflow) <= 0, `${name} is ${overflow} px wider than the screen`)
}
