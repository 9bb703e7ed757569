import { readFileSync } from "node:fs"

/** This release, from the package it is part of. */
export const version: string = readVersion()

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8")
  const parsed: unknown = JSON.parse(text)
  if (
    typeof parsed === "object" &&
    parsed !== null &&
    "version" in parsed &&
    typeof parsed.version === "string"
  )
    return parsed.version
  throw new Error("the package has no version")
}
