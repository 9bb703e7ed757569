import { spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import type { TestContext } from "node:test"

/** Programs of others that a test talks to. */
const usualFolders = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
  "/usr/lib/dovecot",
]

/** The path of a program, if this machine has it. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...usualFolders]
  return folders.map(folder => join(folder, name)).find(isProgram)
}

/**
 * The path of a program; where it is missing the test is skipped with a reason that says what to install. In CI
 * nothing may be missing: there the test fails.
 */
export function needTool(t: TestContext, name: string, debianPackage: string): string | undefined {
  const path = findTool(name)
  if (path === undefined) skip(t, `${name} is not installed (apt-get install ${debianPackage})`)
  return path
}

/** Whether a Perl module is here, by the same rule. */
export function needPerlModule(t: TestContext, name: string, debianPackage: string): boolean {
  const perl = needTool(t, "perl", "perl")
  if (perl === undefined) return false
  if (spawnSync(perl, [`-M${name}`, "-e1"], { stdio: "ignore" }).status === 0) return true
  skip(t, `Perl's ${name} is not installed (apt-get install ${debianPackage})`)
  return false
}

/** Some tests mount, trace or change users. */
export function needRoot(t: TestContext): boolean {
  if (process.getuid?.() === 0) return true
  skip(t, "it needs root")
  return false
}

function skip(t: TestContext, reason: string): void {
  if (process.env.CI === "true") throw new Error(`in CI nothing is skipped: ${reason}`)
  t.skip(reason)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // not here
    return false
  }
}
