/**
 * The Sender Rewriting Scheme: a message that is forwarded gets a return path at the one who forwards, so that SPF speaks
 * of them; what comes back finds its way to the sender. No input or output, no clock, no chance.
 */
export { type Forwarded, type ForwardOptions, forwardPath, guaranteedLength, pathLimit } from "./forward.ts"
export type { ReturnAddress } from "./layout.ts"
export { maxAgeDays, type Returned, type ReturnOptions, returnPath } from "./return.ts"
