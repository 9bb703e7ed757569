import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { copyFile, cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises"
import { dirname, join, relative, sep } from "node:path"
import { promisify } from "node:util"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"
import type { Edit, Mutation } from "./check-file.ts"

/**
 * A copy of the repository as it lies on disk, changes not yet committed included, to break on purpose. What is
 * installed is linked, but our own packages are the copy's, so that a mutation of a package counts.
 */
export interface ScratchCopy {
  readonly root: string
  remove(): Promise<void>
}

const ownScope = "@letterkeep"
const builtFolders = ["web/dist"]

export async function makeScratchCopy(repository: string): Promise<ScratchCopy> {
  const root = await makeTempFolder()
  for (const file of await sourceFiles(repository)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await copyFile(join(repository, file), join(root, file))
  }
  await linkInstalled(repository, root)
  return { root, remove: () => removeFolder(root) }
}

/** Applies a mutation; throws when a place it names is not there exactly once. */
export async function mutate(root: string, mutation: Mutation): Promise<void> {
  for (const edit of [mutation, ...(mutation.also ?? [])]) {
    const file = join(root, edit.file)
    await writeFile(file, applyEdit(await readFile(file, "utf8"), edit, mutation.name))
  }
}

/** What becomes of a file's text; throws an Error under `name` when the place is not in it exactly once. */
export function applyEdit(text: string, { file, find, replace }: Edit, name: string): string {
  const [head = "", tail, ...more] = text.split(find)
  if (tail === undefined || more.length > 0) {
    const places = tail === undefined ? 0 : more.length + 1
    throw new Error(`"${name}" no longer applies: ${file} has its place ${places} times`)
  }
  if (find === replace) throw new Error(`"${name}" changes nothing`)
  return `${head}${replace}${tail}`
}

/** What git knows or would; of a copy, which has no git, all that lies there but what is linked. */
async function sourceFiles(repository: string): Promise<readonly string[]> {
  if (!existsSync(join(repository, ".git"))) return await filesOfCopy(repository)
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]
  const { stdout } = await promisify(execFile)("git", list, { cwd: repository, maxBuffer: 64 << 20 })
  const present = new Set<string>()
  for (const name of stdout.split("\0")) if (name !== "") present.add(name)
  const { stdout: gone } = await promisify(execFile)("git", ["ls-files", "--deleted", "-z"], {
    cwd: repository,
  })
  for (const name of gone.split("\0")) present.delete(name)
  return [...present]
}

async function filesOfCopy(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .filter(file => file.split(sep)[0] !== "node_modules")
}

async function linkInstalled(repository: string, root: string): Promise<void> {
  const installed = join(repository, "node_modules")
  await mkdir(join(root, "node_modules"))
  for (const name of await readdir(installed)) {
    const [from, to] = [join(installed, name), join(root, "node_modules", name)]
    // links of npm's workspaces are relative: copied as they are, they lead into the copy
    if (name === ownScope) await cp(from, to, { recursive: true, verbatimSymlinks: true })
    else if (name !== ".cache") await symlink(from, to)
  }
  for (const folder of builtFolders) {
    const built = await readdir(join(repository, folder)).catch(() => undefined)
    if (built !== undefined) await symlink(join(repository, folder), join(root, folder))
  }
}
