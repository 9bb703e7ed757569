import type { SlowDown } from "./refusal.ts"

/** Too many secrets are being derived at this moment. */
export const tooBusy: SlowDown = { kind: "slow-down", retryAfterSeconds: 2 }
