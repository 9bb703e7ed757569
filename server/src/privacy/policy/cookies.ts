/** Every cookie and every other thing that a browser is asked to keep: none, as the HTTP door sets none. */
interface CookieEntry {
  readonly name: string
  readonly sentence: string
  /** Milliseconds. */
  readonly lasts: number
  readonly isNeeded: boolean
}

export const cookies: readonly CookieEntry[] = []
