import { existsSync } from "node:fs"
import { join } from "node:path"

/** A place in the program's source, and what it becomes. */
export interface Edit {
  /** Path from the repository's root. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** A few lines that break a promise when they are put into the program: its check has to notice. */
export interface Mutation extends Edit {
  readonly name: string
  /** What the promise would lose. */
  readonly why: string
  /** Where one place is not enough to break the promise and nothing else. */
  readonly also?: readonly Edit[]
  /**
   * The name of the test that has to notice, where one does that needs none of the others: they are left out, for time.
   * Absent: any of the check's.
   */
  readonly noticedBy?: string
}

/** What `checks/ID.ts` exports beside the tests that it runs when it is started by itself; a long list lies in `mutations/ID.ts`. */
export interface CheckFile {
  readonly mutations: readonly Mutation[]
}

/** The file that proves a promise, if there is one; `root` is the repository's. */
export function checkFileOf(id: string, root: string): string | undefined {
  const file = join(root, "promises", "checks", `${id}.ts`)
  return existsSync(file) ? file : undefined
}

/** Reads what a check says about itself, without running it. */
export async function loadCheck(file: string): Promise<CheckFile> {
  const loaded: { mutations?: unknown } = await import(file)
  if (!Array.isArray(loaded.mutations)) throw new Error(`${file} exports no list of mutations`)
  return { mutations: loaded.mutations as readonly Mutation[] }
}
