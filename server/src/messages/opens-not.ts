import { VaultError } from "../vaults/index.ts"

/** The message came under a key that this sign-in does not open: before an administrator's reset. Others may open. */
export function opensNot(error: unknown): boolean {
  return (
    error instanceof VaultError && (error.code === "generation-closed" || error.code === "no-such-seal-key")
  )
}
