import type { Mutation } from "../check-file.ts"
import type { MailOut } from "./world.ts"

/** One subject of MAIL-2: what is checked, and what has to be noticed. */
export interface Subject {
  readonly mutations: readonly Mutation[]
  /** Registers its tests. `world` gives the running server that all subjects share; whoever asks first starts it. */
  readonly checks: (world: () => Promise<MailOut>) => void
}
