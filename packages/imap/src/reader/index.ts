export { CommandReader } from "./command-reader.ts"
export type { Bad, Heard, LiteralAnnounced } from "./heard.ts"
export { defaultReaderLimits, type ReaderLimits, signedInReaderLimits } from "./limits.ts"
