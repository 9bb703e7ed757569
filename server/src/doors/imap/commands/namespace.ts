import type { Answer, Out } from "../handler.ts"

/** RFC 9051 §6.3.10: one's own mailboxes; nobody else's, and none that are shared. */
export function namespace(out: Out): Answer {
  out.write('* NAMESPACE (("" "/")) NIL NIL\r\n')
  return { kind: "ok", text: "These are the namespaces" }
}
