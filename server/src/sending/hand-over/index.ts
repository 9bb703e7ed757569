export type { HandOver } from "./hand-over.ts"
export { type HandOverGround, type OwnHandOver, openHandOver } from "./open-hand-over.ts"
