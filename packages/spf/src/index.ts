export type { SpfCheck, SpfLimits, SpfOutcome, SpfResult } from "./check-host.ts"
export { checkHost, spfLimits } from "./check-host.ts"
export type { IpAddress } from "./ip-address.ts"
export { isInNetwork, parseIpAddress } from "./ip-address.ts"
