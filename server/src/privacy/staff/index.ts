export {
  createStaffAccess,
  LOOK_LIMIT,
  type Look,
  type Looked,
  NoLongerBoundError,
  type StaffAccess,
} from "./access.ts"
export { type Reason, readReason } from "./reason.ts"
export {
  createStaffRegister,
  type StaffAgreement,
  type StaffRegister,
  StaffRegisterBrokenError,
} from "./register.ts"
export { TOLD_LIMIT } from "./told.ts"
