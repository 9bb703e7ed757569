import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { chmodSync, copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"

/** What the script needs of a system; no Node among it. */
const tools = ["dirname", "readlink", "uname"]

/** A copy of the script in a folder of its own, and a PATH that holds nothing but its tools. */
async function copyScript(t: TestContext) {
  const root = realpathSync(await makeTempFolder())
  t.after(() => removeFolder(root))
  const [folder, path] = [join(root, "release"), join(root, "path")]
  mkdirSync(folder)
  mkdirSync(path)
  const script = join(folder, "letterkeep")
  copyFileSync(join(import.meta.dirname, "../letterkeep"), script)
  for (const tool of tools) {
    const { stdout } = spawnSync("/bin/sh", ["-c", `command -v ${tool}`], { encoding: "utf8" })
    symlinkSync(stdout.trim(), join(path, tool))
  }
  return {
    folder,
    path,
    run(words: readonly string[], command = script) {
      const ran = spawnSync("/bin/sh", [command, ...words], {
        encoding: "utf8",
        env: { PATH: path },
        cwd: root,
      })
      return { status: ran.status, out: ran.stdout, said: ran.stderr }
    },
  }
}

/** A program in Node's place: says its version, or what it was started with. */
function putNode(file: string, version: string): void {
  mkdirSync(join(file, ".."), { recursive: true })
  const text = `if [ "$1" = --version ]; then echo "${version}"; else printf '%s\\n' "${version}" "$@"; fi`
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
}

function putPinned(folder: string): void {
  for (const machine of ["x64", "arm64"])
    putNode(join(folder, `node_modules/node-linux-${machine}/bin/node`), "pinned")
}

test("says how to get the right Node where there is none, or another", async t => {
  const { folder, path, run } = await copyScript(t)
  const sentence = `letterkeep: Node 24 is not here. Run 'npm ci' in ${folder}, which brings it along, and try again.\n`
  assert.deepEqual(run(["status"]), { status: 1, out: "", said: sentence })
  for (const version of ["v22.11.0", "v240.0.0", "", "nonsense"]) {
    putNode(join(path, "node"), version)
    assert.deepEqual(run(["serve"]), { status: 1, out: "", said: sentence }, version)
  }
})

test("takes the pinned Node before the system's, and the system's where that is Node 24", async t => {
  const { folder, path, run } = await copyScript(t)
  putNode(join(path, "node"), "v24.1.0")
  assert.match(run(["status"]).out, /^v24\.1\.0\n/)
  putPinned(folder)
  assert.match(run(["status"]).out, /^pinned\n/)
})

test("finds its folder behind a link", async t => {
  const { folder, path, run } = await copyScript(t)
  putPinned(folder)
  const link = join(path, "letterkeep")
  symlinkSync(join(folder, "letterkeep"), link)
  assert.equal(run(["status"], link).out, `pinned\n${folder}/server/src/cli/main.ts\nstatus\n`)
})

for (const [line, program, given = line] of [
  ["serve", "main", []],
  ["serve --data /srv/a b", "main", ["--data", "/srv/a", "b"]],
  ["--data DIR serve", "main", ["--data", "DIR"]],
  [
    "--data=DIR --config FILE serve --roles smtp",
    "main",
    ["--data=DIR", "--config", "FILE", "--roles", "smtp"],
  ],
  ["--data serve status", "cli/main"],
  ["--json --data serve serve", "main", ["--json", "--data", "serve"]],
  ["--org serve domain add a.example", "cli/main"],
  ["--data DIR org add serve", "cli/main"],
  ["rule add a@b.example allow serve", "cli/main"],
  ["", "cli/main"],
] as const) {
  test(`starts ${program === "main" ? "the server" : "the client"} for: letterkeep ${line}`, async t => {
    const { folder, run } = await copyScript(t)
    putPinned(folder)
    const words = line.split(" ").filter(word => word !== "")
    const passed = given === line ? words : given
    const { status, out } = run(words)
    assert.deepEqual(out.trimEnd().split("\n"), [
      "pinned",
      ...(program === "main" ? ["--max-semi-space-size=8"] : []),
      join(folder, `server/src/${program}.ts`),
      ...passed,
    ])
    assert.equal(status, 0)
  })
}

test("passes words on as they are, whatever stands in them", async t => {
  const { folder, run } = await copyScript(t)
  putPinned(folder)
  const { out } = run(["--data", "a b *", "serve", "--config", '$HOME\'s "x"'])
  assert.deepEqual(out.trimEnd().split("\n").slice(3), ["--data", "a b *", "--config", '$HOME\'s "x"'])
})
