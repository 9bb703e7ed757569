import type { Reply } from "./reply.ts"

/** What the receiver itself says, whatever the command was. */
export const startMail: Reply = { code: 354, text: "End with <CRLF>.<CRLF>" }
export const lineTooLong: Reply = { code: 500, enhanced: "5.5.2", text: "Line too long" } // RFC 5321 §4.5.3.1.9
export const responseTooLong: Reply = { code: 500, enhanced: "5.5.6", text: "Line too long" } // RFC 4954 §4
export const signInGivenUp: Reply = { code: 501, enhanced: "5.7.0", text: "Given up, as you say" } // RFC 4954 §4
export const unreadable: Reply = { code: 500, enhanced: "5.5.2", text: "Not readable as a command" }
export const bareNewline: Reply = { code: 500, enhanced: "5.5.2", text: "A line ends in CR LF, nowhere else" }
export const bareNewlineInText: Reply = {
  code: 550,
  enhanced: "5.6.0",
  text: "Refused: a CR or LF that is not part of CR LF",
}
export const textLineTooLong: Reply = { code: 550, enhanced: "5.6.0", text: "Refused: a line is too long" }
export const tooBig: Reply = { code: 552, enhanced: "5.3.4", text: "Message too big" }
export const tooManyErrors: Reply = { code: 421, enhanced: "4.7.0", text: "Too many errors" }
export const tooManyCommands: Reply = { code: 421, enhanced: "4.7.0", text: "Too many commands without mail" }
export const tooManyOctets: Reply = { code: 421, enhanced: "4.7.0", text: "Too much that was refused" }
export const chunkTaken: Reply = { code: 250, enhanced: "2.0.0", text: "Chunk taken" }
