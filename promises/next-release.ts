import { copyFile, cp, readdir, readFile, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"
import type { Edit } from "./check-file.ts"
import { applyEdit } from "./scratch-copy.ts"

/**
 * A release that comes after the one under test: the same program with a few edits of its own, to be started on the
 * same data. Only what the edits can touch is copied, the server; all else is the very files. (A scratch copy is made
 * by git; this one is also made from within a scratch copy, which has none.)
 */
export interface NextRelease {
  readonly root: string
  remove(): Promise<void>
}

/** Files of the root that are copied: the script asks where it lies itself. */
const ownFiles = new Set(["letterkeep", "package.json"])

/** Each edit's place has to stand in its file exactly once. */
export async function makeNextRelease(repository: string, edits: readonly Edit[]): Promise<NextRelease> {
  const root = await makeTempFolder()
  for (const name of await readdir(repository)) {
    const [from, to] = [join(repository, name), join(root, name)]
    if (name === "server") await cp(from, to, { recursive: true })
    else if (ownFiles.has(name)) await copyFile(from, to)
    else if (!name.startsWith(".")) await symlink(from, to)
  }
  for (const edit of edits) {
    const file = join(root, edit.file)
    await writeFile(file, applyEdit(await readFile(file, "utf8"), edit, "the next release"))
  }
  return { root, remove: () => removeFolder(root) }
}

/** The rules get the next number. */
export const nextRules: Edit = {
  file: "server/src/privacy/policy/rules.ts",
  find: "export const policyVersion = 1\n",
  replace: "export const policyVersion = 2\n",
}
