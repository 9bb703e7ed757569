/** Rows of several tables that are written together, whoever adds them: one COPY a table, however many add to it. */
import { type CopyRows, createCopyRows } from "./copy-rows.ts"

export interface TableRows {
  /** The rows of a table; the same object each time, so always with the same columns. */
  of(table: string, columns: readonly string[]): CopyRows
  /** For `store.copyIn`, in the order in which they were first asked for; without those that stayed empty. */
  all(): CopyRows[]
  readonly bytes: number
}

export function createTableRows(): TableRows {
  const tables = new Map<string, CopyRows>()
  return {
    of(table, columns) {
      const known = tables.get(table)
      if (known !== undefined) {
        if (known.columns.join() !== columns.join())
          throw new RangeError(`other columns of ${table} than before`)
        return known
      }
      const made = createCopyRows(table, columns)
      tables.set(table, made)
      return made
    },
    all: () => [...tables.values()].filter(rows => rows.count > 0),
    get bytes() {
      let bytes = 0
      for (const rows of tables.values()) bytes += rows.bytes
      return bytes
    },
  }
}
