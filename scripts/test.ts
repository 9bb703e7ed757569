import { globSync } from "node:fs"
import { join, relative } from "node:path"
import { run } from "node:test"
import { spec } from "node:test/reporters"
import { startTestCluster, testDatabaseVariable } from "../server/src/store/test-store.ts"

/**
 * `npm test [-- PART…]`: every `*.test.ts` of the repository (of those paths that contain one of PART), each file
 * in a process of its own, all on one Postgres cluster of this run. Needs nothing but what npm installs. Ends with
 * node:test's own lines, and with 1 when a test failed or when there was none.
 */
const root = join(import.meta.dirname, "..")
const places = [
  "packages/*/src",
  "packages/*/fixtures",
  "server/src",
  "web/src",
  "web/test",
  "promises",
  "fixtures",
  "interop",
  "bench",
  "scripts",
]
/** Two cores: tests that wait leave room for one that works. */
const concurrency = 3
const longestFile = 180_000

const parts = process.argv.slice(2)
const files = places
  .flatMap(place =>
    globSync(`${place}/**/*.test.{ts,tsx}`, { cwd: root, exclude: name => name.endsWith("node_modules") }),
  )
  .filter(file => parts.length === 0 || parts.some(part => file.includes(part)))
  .sort()
if (files.length === 0) {
  console.error(
    `test: found no test file${parts.length > 0 ? ` with ${parts.join(" or ")} in its path` : ""}`,
  )
  process.exit(1)
}

const cluster = await startTestCluster()
process.env[testDatabaseVariable] = cluster.url
const failed = new Set<string>()
try {
  const stream = run({
    files: files.map(file => join(root, file)),
    concurrency,
    timeout: longestFile,
    cwd: root,
  })
  stream.on("test:fail", event => failed.add(relative(root, event.file ?? "?")))
  stream.compose(new spec()).pipe(process.stdout, { end: false })
  await new Promise<void>((resolve, reject) => stream.once("end", resolve).once("error", reject))
} finally {
  await cluster.stop()
}
if (failed.size > 0) process.exitCode = 1
