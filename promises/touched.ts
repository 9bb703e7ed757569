import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Mutation } from "./check-file.ts"

/** All that checks are made of: a change here can blind any of them. */
const machinery = /^(fixtures\/|promises\/(?!checks\/|mutations\/|catalogue\/).+\.ts$)/

/**
 * Files that the change at hand touches: what is not committed, and all since the branch left the main line; on
 * the main line itself, the last commit. `undefined` when git cannot tell, as in a clone of one commit.
 */
export async function changedFiles(repository: string): Promise<ReadonlySet<string> | undefined> {
  const git = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)("git", args, { cwd: repository, maxBuffer: 64 << 20 })
    return stdout
  }
  try {
    const head = (await git("rev-parse", "HEAD")).trim()
    const fork = await git("merge-base", "HEAD", "origin/HEAD").then(
      base => base.trim(),
      () => head,
    )
    const base = fork === head ? "HEAD~1" : fork
    const committed = await git("diff", "--name-only", "-z", base, "HEAD")
    const pending = await git("diff", "--name-only", "-z", "HEAD")
    const added = await git("ls-files", "--others", "--exclude-standard", "-z")
    return new Set(`${committed}${pending}${added}`.split("\0").filter(name => name !== ""))
  } catch {
    // no git, or no history: the caller then takes everything
    return undefined
  }
}

export function isTouched(id: string, mutation: Mutation, changed: ReadonlySet<string> | undefined): boolean {
  if (changed === undefined) return true
  if ([mutation, ...(mutation.also ?? [])].some(edit => changed.has(edit.file))) return true
  if (["checks", "mutations"].some(folder => changed.has(`promises/${folder}/${id}.ts`))) return true
  return [...changed].some(name => machinery.test(name) && !name.endsWith(".test.ts"))
}
