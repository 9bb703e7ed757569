export type { HandOver } from "./hand-over.ts"
export { openHandOver } from "./open-hand-over.ts"
export { relayOf, routesOf } from "./route.ts"
