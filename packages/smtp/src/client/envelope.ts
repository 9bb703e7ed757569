import { isAscii } from "../grammar/characters.ts"
import { type Path, pathText, readPath } from "../grammar/path.ts"
import { encodeXtext } from "../grammar/xtext.ts"
import { maxEnvid, maxOrcpt } from "../limits.ts"
import type { Recipient, Sender } from "../request.ts"
import type { Capabilities } from "./capabilities.ts"

/**
 * What is to be sent in one transaction, in the values that the receiving side reads: a server that passes mail on
 * gives them as it got them. Here they become command lines.
 *
 * `sender.size` is what RFC 1870 §5 counts: the octets of the message with CRLF line ends, dots not stuffed.
 * `sender.smtputf8` says that the header of the message needs it; what addresses need is seen from them.
 */
export interface Envelope {
  readonly sender: Sender
  readonly recipients: readonly Recipient[]
}

/** Is it an address that only SMTPUTF8 can carry? */
export function isInternational(path: Path): boolean {
  return path.kind === "mailbox" && path.international
}

/** Is the extension used for it? Where it is not offered, what needs it is never sent. RFC 6531 §3.4. */
export function usesSmtputf8({ sender, recipients }: Envelope, { smtputf8 }: Capabilities): boolean {
  return smtputf8 && (sender.smtputf8 || [sender, ...recipients].some(({ path }) => isInternational(path)))
}

/** The MAIL line without its CRLF. Parameters that the far side does not know are left out. */
export function mailLine(envelope: Envelope, capabilities: Capabilities): string {
  const { sender } = envelope
  const { size, eightBitMime, dsn } = capabilities
  let line = `MAIL FROM:${written(sender.path, "reverse")}`
  if (size !== undefined && sender.size !== undefined) line += ` SIZE=${sender.size}`
  if (eightBitMime && sender.body === "8BITMIME") line += " BODY=8BITMIME"
  if (usesSmtputf8(envelope, capabilities)) line += " SMTPUTF8"
  if (sender.requireTls) line += " REQUIRETLS"
  if (dsn && sender.ret !== undefined) line += ` RET=${sender.ret}`
  if (dsn && sender.envid !== undefined) line += ` ENVID=${envidText(sender.envid)}`
  return line
}

/** The RCPT line without its CRLF. */
export function rcptLine({ path, notify, orcpt }: Recipient, dsn: boolean, smtputf8: boolean): string {
  let line = `RCPT TO:${written(path, "forward")}`
  if (dsn && notify !== undefined) line += ` NOTIFY=${notify.join(",").toUpperCase()}`
  if (dsn && orcpt !== undefined) line += ` ORCPT=${orcptText(orcpt, smtputf8)}`
  return line
}

/** A path that would read as something else, or as a second command, is a mistake of ours: it throws. */
function written(path: Path, of: "reverse" | "forward"): string {
  const text = `<${pathText(path)}>`
  const read = readPath(text, 0, of)
  if (read.kind === "bad" || read.end !== text.length) throw new Error("an envelope holds what is no path")
  return text
}

function envidText(envid: string): string {
  const text = encodeXtext(envid)
  // RFC 3461 §4.4: printable US-ASCII, at most 100 characters once encoded.
  if (!/^[\x20-\x7e]+$/.test(envid) || text.length > maxEnvid)
    throw new Error("an envelope id is out of form")
  return text
}

/** RFC 6533 §3: without SMTPUTF8 an address of type utf-8 travels in escapes, `\x{F6}`. */
function orcptText(orcpt: string, smtputf8: boolean): string {
  const text =
    smtputf8 || isAscii(orcpt)
      ? orcpt
      : orcpt.replace(/[^\0-\x7f]/gu, mark => `\\x{${mark.codePointAt(0)?.toString(16).toUpperCase()}}`)
  if (!/^[A-Za-z0-9-]+;[^\0-\x20=\x7f]+$/.test(text) || orcpt.length > maxOrcpt)
    throw new Error("an original recipient is out of form")
  return text
}
