import type { Command } from "../../command.ts"
import type { Parser } from "./index.ts"

type BareName = Extract<
  Command["name"],
  "CAPABILITY" | "NOOP" | "LOGOUT" | "STARTTLS" | "NAMESPACE" | "IDLE" | "CHECK" | "CLOSE" | "UNSELECT"
>

/** A command that is its name and nothing more. */
export function bare(name: BareName): Parser {
  const command: Command = { name }
  return () => command
}
