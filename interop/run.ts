import { globSync } from "node:fs"
import { join } from "node:path"
import { run } from "node:test"
import { spec } from "node:test/reporters"

/**
 * `npm run interop [-- PART…]`: Letterkeep with programs that others wrote, and on machines that run full or lose a
 * node. What a machine lacks is skipped with a reason; with CI=true that is a failure.
 */
const parts = process.argv.slice(2)
const files = globSync(join(import.meta.dirname, "with/*.ts"))
  .filter(file => parts.length === 0 || parts.some(part => file.includes(part)))
  .sort()
if (files.length === 0) {
  console.error(`interop: there is nothing called ${parts.join(" or ")}`)
  process.exit(1)
}

/** Milliseconds for one file. */
const longestFile = 480_000
let failed = false
const stream = run({ files, concurrency: 1, timeout: longestFile })
stream.on("test:fail", () => {
  failed = true
})
stream.compose(new spec()).pipe(process.stdout, { end: false })
await new Promise<void>((resolve, reject) => stream.once("end", resolve).once("error", reject))
if (failed) process.exitCode = 1
