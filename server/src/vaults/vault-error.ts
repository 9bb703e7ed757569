/** Why a vault refused. `epoch-unknown` may pass when the key file arrives on this node; the rest does not. */
export type VaultErrorCode =
  | "too-short"
  | "not-authentic"
  | "epoch-unknown"
  | "no-vault"
  | "public-key-not-ours"
  | "generation-closed"
  | "no-such-seal-key"
  | "no-such-queue-key"
  | "session-closed"
  | "seal-key-worn"

/** Nothing secret is ever in `message`. */
export class VaultError extends Error {
  override readonly name = "VaultError"
  readonly code: VaultErrorCode
  readonly temporary: boolean

  constructor(code: VaultErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
    this.temporary = code === "epoch-unknown"
  }
}
