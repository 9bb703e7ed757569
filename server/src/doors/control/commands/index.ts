/** All that `./letterkeep` can ask of a running server. */
export { accountCommands } from "./accounts.ts"
export { type DoctorFacts, doctorCommands } from "./doctor.ts"
export { houseCommands } from "./houses.ts"
export { readCommands } from "./read.ts"
export { type StatusFacts, statusCommands } from "./status.ts"
