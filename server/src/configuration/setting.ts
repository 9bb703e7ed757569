/** One setting of `letterkeep.toml`. */
import type { Kind } from "./kinds.ts"

export type TomlValue = string | number | boolean | readonly string[]

export interface Setting<T> {
  readonly kind: Kind<T>
  /** As one would write it. */
  readonly normally: TomlValue
  readonly about: string
}

export const setting = <T>(kind: Kind<T>, normally: TomlValue, about: string): Setting<T> => ({
  kind,
  normally,
  about,
})
