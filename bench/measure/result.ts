/** What each bench gives back: tables for people, the same numbers as JSON for programs. */

export interface BenchTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

export interface BenchResult {
  readonly name: string
  readonly tables: readonly BenchTable[]
  /** How it was measured and what must be known to read the figures. */
  readonly notes: readonly string[]
}

/** The command line behind the name: `--messages 2000 --json` becomes { messages: "2000", json: true }. */
export type BenchOptions = Readonly<Record<string, string | boolean>>

/** A whole number of the command line; a word that is none throws with the option's name. */
export function numberOption(options: BenchOptions, name: string, otherwise: number): number {
  const value = options[name]
  if (value === undefined) return otherwise
  const number = Number(value)
  if (typeof value !== "string" || !Number.isInteger(number) || number < 0)
    throw new RangeError(`--${name} takes a whole number`)
  return number
}

export function printTable(table: BenchTable): string {
  const cells = [
    table.columns,
    ...table.rows.map(row => row.map(cell => (typeof cell === "number" ? short(cell) : cell))),
  ]
  const widths = table.columns.map((_, column) => Math.max(...cells.map(row => (row[column] ?? "").length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd()
  const [head = [], ...rows] = cells
  const rule = widths.map(width => "-".repeat(width)).join("  ")
  return [table.title, "", line(head), rule, ...rows.map(line), ""].join("\n")
}

/** Three significant digits are what these runs can bear. */
function short(value: number): string {
  if (!Number.isFinite(value)) return "-"
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString("en")
  return value.toFixed(size >= 10 ? 1 : 2)
}
