/**
 * The door for programs that fetch mail by POP3 (RFC 1939): the inbox, as it stood when the program signed in. It
 * removes a message only after QUIT, and never one that was not marked. What a stranger can cost is bounded by
 * `limits.ts`.
 */
export { openPop3Door, type Pop3Door, type Pop3DoorOptions } from "./door.ts"
export type { Pop3DoorLimits } from "./limits.ts"
