/** Writes docs/configuration.md from the table of settings. */
import { writeFileSync } from "node:fs"
import { handbookPage } from "../server/src/configuration/handbook-page.ts"

writeFileSync(new URL("../docs/configuration.md", import.meta.url), handbookPage())
