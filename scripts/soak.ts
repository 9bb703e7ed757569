import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { parseArgs } from "node:util"

/**
 * `npm run soak [-- --kills N --minutes N]`: what takes too long for each change. Every mutation of every promise, a
 * long crash trial, interop once more, and minutes of hostile input to the protocols. Ends with node:test's lines.
 */
const { values } = parseArgs({
  options: { kills: { type: "string", default: "200" }, minutes: { type: "string", default: "10" } },
})
const root = join(import.meta.dirname, "..")

const steps: readonly { readonly name: string; readonly file: string; readonly args: readonly string[] }[] = [
  ...["packages/smtp/soak.ts", "packages/imap/soak.ts", "packages/sieve/soak.ts"].map(file => {
    return { name: `hostile input: ${file}`, file, args: ["--seconds", String(Number(values.minutes) * 60)] }
  }),
  { name: "every mutation is noticed", file: "promises/prove.ts", args: ["--mutate"] },
  { name: "a long crash trial", file: "promises/crash-trial.ts", args: ["--kills", values.kills] },
  {
    name: "the same for mail out",
    file: "promises/crash-trial-out.ts",
    args: ["--kills", values.kills, "--mails", `${400 * Number(values.kills)}`],
  },
  { name: "interop", file: "interop/run.ts", args: [] },
]

for (const { name, file, args } of steps) {
  test(name, async () => {
    assert.ok(existsSync(join(root, file)), `there is no ${file}`)
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const child = spawn(process.execPath, [join(root, file), ...args], { cwd: root, env, stdio: "inherit" })
    const [code] = (await once(child, "exit")) as [number | null]
    assert.equal(code, 0, `${file} ended with ${code}`)
  })
}
