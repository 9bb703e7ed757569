import { quoted } from "@letterkeep/imap"
import type { Answer, Out } from "../handler.ts"

/** RFC 2971 §3.1. What the client says of itself is not kept. */
export function id(version: string, out: Out): Answer {
  out.write(`* ID ("name" "Letterkeep" "version" ${quoted(version)})\r\n`)
  return { kind: "ok", text: "Glad to meet you" }
}
