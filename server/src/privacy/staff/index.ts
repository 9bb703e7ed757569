export { createStaffAccess, LOOK_LIMIT, type Looked, type StaffAccess } from "./access.ts"
export { type Reason, readReason } from "./reason.ts"
export { TOLD_LIMIT } from "./told.ts"
