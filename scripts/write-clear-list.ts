/** Writes docs/what-lies-in-the-clear.md from the column tags of the migrations. */
import { writeFileSync } from "node:fs"
import { readMigrations } from "../server/src/store/migrations.ts"
import { tablesOf } from "../server/src/store/untagged-columns.ts"
import { clearListPage } from "./clear-list-page.ts"

writeFileSync(
  new URL("../docs/what-lies-in-the-clear.md", import.meta.url),
  clearListPage(tablesOf(readMigrations())),
)
