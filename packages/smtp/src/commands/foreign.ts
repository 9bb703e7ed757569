import type { Command } from "../session.ts"

/** A browser was made to speak to us: what follows is not for us, so nothing more is read. */
export const foreign: Command = () => ({
  kind: "close",
  why: "foreign-protocol",
  reply: { code: 521, enhanced: "5.5.1", text: "This is a mail server" },
})
