/** All that `./letterkeep` can ask of a running server. */
export { accountCommands } from "./accounts.ts"
export { type DoctorFacts, doctorCommands } from "./doctor.ts"
export { houseCommands } from "./houses.ts"
export { impossibleCommands } from "./impossible.ts"
export { readCommands } from "./read.ts"
export { recipientCommands } from "./recipients.ts"
export { staffCommands } from "./staff.ts"
export { type StatusFacts, statusCommands } from "./status.ts"
