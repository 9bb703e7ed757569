/**
 * Postgres: our own or a given one; its schema; and the only import of its driver. All other modules keep their
 * tables through what is exported here.
 */
export { type CopyRows, createCopyRows } from "./copy-rows.ts"
export type { Fields } from "./fields.ts"
export * from "./ids.ts"
export { literal } from "./literal.ts"
export { defaultLowWaterBytes, openStore, type Store, type StoreOptions } from "./open-store.ts"
export type { Sql, Tx } from "./pool.ts"
export type { QueryValue } from "./query-values.ts"
export { StoreError, saysDeadlock } from "./store-error.ts"
export { createTableRows, type TableRows } from "./table-rows.ts"
export { afterCommit } from "./transaction.ts"
