import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, readFile, readlink, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { promisify } from "node:util"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"
import { makeScratchCopy, mutate } from "./scratch-copy.ts"
import { changedFiles, isTouched } from "./touched.ts"

const mutation = { name: "m", file: "src/a.ts", find: "one", replace: "two", why: "w" }

async function repositoryWith(t: TestContext, files: Record<string, string>) {
  const root = await makeTempFolder()
  t.after(() => removeFolder(root))
  const git = (...args: string[]) =>
    promisify(execFile)("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: root,
    })
  await git("init", "-q", "-b", "main")
  const put = async (name: string, text: string) => {
    await mkdir(join(root, name, ".."), { recursive: true })
    await writeFile(join(root, name), text)
  }
  for (const [name, text] of Object.entries(files)) await put(name, text)
  const commit = async () => {
    await git("add", "-A")
    await git("commit", "-q", "-m", "x")
  }
  await commit()
  return { root, put, commit }
}

test("copies what git knows and what is new, links what is installed, and keeps our packages its own", async t => {
  const files = { ".gitignore": "node_modules/\ndist/\n", "src/a.ts": "one", "packages/x/i.ts": "x" }
  const { root, put } = await repositoryWith(t, files)
  await put("src/new.ts", "new")
  await put("dist/built.js", "built")
  await put("node_modules/zod/index.js", "zod")
  await mkdir(join(root, "node_modules/@letterkeep"))
  await symlink("../../packages/x", join(root, "node_modules/@letterkeep/x"))
  const copy = await makeScratchCopy(root)
  t.after(() => copy.remove())
  assert.equal(await readFile(join(copy.root, "src/new.ts"), "utf8"), "new")
  assert.ok(!existsSync(join(copy.root, "dist")))
  assert.equal(await readlink(join(copy.root, "node_modules/zod")), join(root, "node_modules/zod"))
  await writeFile(join(copy.root, "packages/x/i.ts"), "broken")
  assert.equal(await readFile(join(copy.root, "node_modules/@letterkeep/x/i.ts"), "utf8"), "broken")
  assert.equal(await readFile(join(root, "packages/x/i.ts"), "utf8"), "x")
})

test("mutates one place, and refuses when the place is gone or not the only one", async t => {
  const { root, put } = await repositoryWith(t, { "src/a.ts": "a one b" })
  await mutate(root, { ...mutation, replace: "$& two" })
  assert.equal(await readFile(join(root, "src/a.ts"), "utf8"), "a $& two b")
  await assert.rejects(mutate(root, mutation), /no longer applies.*0 times/)
  await put("src/a.ts", "one one")
  await assert.rejects(mutate(root, mutation), /2 times/)
  await put("src/a.ts", "one")
  await assert.rejects(mutate(root, { ...mutation, replace: "one" }), /changes nothing/)
})

test("knows the files of the last commit and of what is pending, and nothing in a repository of one commit", async t => {
  const { root, put, commit } = await repositoryWith(t, { "src/a.ts": "1", "src/b.ts": "1", "src/c.ts": "1" })
  assert.equal(await changedFiles(root), undefined)
  await put("src/a.ts", "2")
  await commit()
  await put("src/b.ts", "2")
  await put("src/d.ts", "2")
  assert.deepEqual([...((await changedFiles(root)) ?? [])].sort(), ["src/a.ts", "src/b.ts", "src/d.ts"])
})

test("takes a mutation as touched by its file, its check, the machinery, or when nobody knows", () => {
  const touched = (...files: string[]) => isTouched("MAIL-1", mutation, new Set(files))
  assert.ok(touched("src/a.ts") && touched("promises/checks/MAIL-1.ts") && touched("fixtures/server.ts"))
  assert.ok(touched("promises/prove.ts") && isTouched("MAIL-1", mutation, undefined))
  assert.ok(!touched("src/b.ts", "promises/checks/MAIL-8.ts", "promises/catalogue/mail.ts", "README.md"))
})
