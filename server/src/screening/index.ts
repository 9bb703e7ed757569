export type { Acquaintance, AuthEvidence } from "./evidence/index.ts"
export type { Reason, ReasonCode, Verdict } from "./reason.ts"
export type {
  HeaderFindings,
  History,
  Ongoing,
  Screened,
  ScreenedEnvelope,
  Screening,
  ScreeningLimits,
  ScreeningOptions,
  SenderRules,
} from "./screening.ts"
export { createScreening } from "./screening.ts"
