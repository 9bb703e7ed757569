/**
 * mboxrd: one file of many mails, each byte for byte what it was.
 *
 *     mbox    = *( "From " sender SP asctime-date LF quoted-message LF )
 *     quoting = a message line of *">" "From " gets one more ">" in front
 *
 * RFC 4155 describes the family; its default format quotes "From " alone and so loses the difference between
 * it and ">From ". Line ends of messages are never touched: CRLF stays CRLF. The one loss: a message that does
 * not end with a line feed comes back with CRLF behind it, since the separator must begin a line.
 */
export { type MboxEntry, readMbox } from "./reader.ts"
export { type MboxEnvelope, mboxEntry } from "./writer.ts"
