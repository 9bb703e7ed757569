export type { HandOver } from "./hand-over.ts"
export { openHandOver } from "./open-hand-over.ts"
export { openSmartHostSignIn } from "./smart-host-sign-in.ts"
