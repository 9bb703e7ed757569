/** The tests of types, compiled by themselves: lines that must not compile, and fail to fail when a rule has gone. */
import { execFile } from "node:child_process"
import { readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"

/** What the compiler has to say of them; empty when all is as it should be. Throws where there are none. */
export async function compileTypeTests(repository: string): Promise<string> {
  const server = join(repository, "server/src")
  const all = await readdir(server, { recursive: true })
  const files = all.filter(name => name.endsWith(".type-test.ts")).map(name => join(server, name))
  if (files.length === 0) throw new Error("there are no tests of types")
  const folder = await makeTempFolder()
  try {
    const project = join(folder, "tsconfig.json")
    const compilerOptions = { noEmit: true, typeRoots: [join(repository, "node_modules/@types")] }
    const config = { extends: join(repository, "tsconfig.json"), compilerOptions, files, include: [] }
    await writeFile(project, JSON.stringify(config))
    const compiler = join(repository, "node_modules/typescript/bin/tsc")
    const compiling = promisify(execFile)(process.execPath, [compiler, "-p", project], { cwd: repository })
    return await compiling.then(
      () => "",
      (error: { stdout?: string }) => {
        if (error.stdout === undefined || !error.stdout.includes("error TS")) throw error
        return error.stdout
      },
    )
  } finally {
    await removeFolder(folder)
  }
}
