/**
 * The door for mail programs: IMAP4rev2 and rev1 (RFC 9051, RFC 3501) on sockets, in the clear with STARTTLS and in
 * TLS from the start. One connection serves one client, command after command; what it may cost before and after
 * sign-in is bounded by `limits.ts`.
 *
 *     connection.ts    the dialogue: who has the word, time, sign-in, TLS, compression
 *     serve-visit.ts   which command is served by what
 *     commands/        what needs no open mailbox
 *     selected/        the open mailbox and its commands
 */
import { type ImapDoor, type ImapDoorOptions, openImapDoor as openDoor } from "./door.ts"
import { selecting } from "./selected/index.ts"

export type { ImapDoor, ImapDoorOptions } from "./door.ts"
export { defaultImapDoorLimits, type ImapDoorLimits } from "./limits.ts"

/** Opens the door for mail programs. Rejects where it cannot listen. */
export function openImapDoor(options: Omit<ImapDoorOptions, "selecting">): Promise<ImapDoor> {
  return openDoor({ ...options, selecting })
}
