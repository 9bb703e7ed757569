import type { EnhancedCode } from "@letterkeep/smtp"

/**
 * Enhanced status codes (RFC 3463 §2):
 *
 *     status-code = class "." subject "." detail
 *     class       = "2" / "4" / "5"
 *     subject     = 1*3digit
 *     detail      = 1*3digit
 */
export type { EnhancedCode }

/** The code that `text` begins with; what may follow is a comment, such as "(bad mailbox)". */
export function readStatus(text: string): EnhancedCode | undefined {
  const match = /^\s*([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])/.exec(text)
  return match === null ? undefined : code(match[1], match[2], match[3])
}

/** The first code inside of what a server said, behind the code of the reply: "550 5.1.1 …", "550-5.1.1 …". */
export function findStatus(said: string): EnhancedCode | undefined {
  const match = /(?:^|[\s#(<[-])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])/.exec(said)
  return match === null ? undefined : code(match[1], match[2], match[3])
}

function code(first = "", subject = "", detail = ""): EnhancedCode {
  return `${first === "2" ? 2 : first === "4" ? 4 : 5}.${Number(subject)}.${Number(detail)}`
}

/** What the first digit says: done, may be tried again, or not. */
export function classOf(status: EnhancedCode): "success" | "temporary" | "permanent" {
  return status.startsWith("2") ? "success" : status.startsWith("4") ? "temporary" : "permanent"
}
