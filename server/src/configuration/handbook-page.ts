import type { Setting } from "./setting.ts"
import { settings } from "./settings.ts"

/** docs/configuration.md, from the table of settings; `configuration.test.ts` holds the file to it. */
export function handbookPage(): string {
  const tables: readonly (readonly [string, Readonly<Record<string, Setting<unknown>>>])[] =
    Object.entries(settings)
  return `${opening}${tables.map(([table, keys]) => section(table, keys)).join("\n")}`
}

const opening = `# Configuration

Letterkeep reads one file, \`letterkeep.toml\`: the one that \`--config\` names, or else the one in the data folder. Every setting has a default, so the file may be empty or missing. A key that does not exist is refused, with the nearest that does. What administrators change while the server runs lies in the database, not here.

Sizes are written like \`"256MB"\` (KB, MB, GB by 1000; KiB, MiB, GiB by 1024), durations like \`"500ms"\`, \`"30s"\`, \`"5m"\`, \`"1h"\`, \`"7d"\`. Relative paths start at the file's folder.

`

function section(table: string, keys: Readonly<Record<string, Setting<unknown>>>): string {
  const rows = Object.entries(keys).map(
    ([key, { kind, normally, about }]) =>
      `| \`${key}\` | ${kind.word} | \`${JSON.stringify(normally)}\` | ${about.replaceAll("|", "\\|")} |`,
  )
  return `## [${table}]

| setting | kind | default | what it does |
| --- | --- | --- | --- |
${rows.join("\n")}
`
}
