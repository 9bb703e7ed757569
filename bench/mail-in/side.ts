/** One of the two that are compared: what the bench must know to load, measure and check it. */
export interface Side {
  readonly name: string
  readonly port: number
  /** Its process trees, by the name of the program at the root. */
  readonly trees: readonly { readonly program: string; readonly pid: number }[]
  /** Resolves when that many messages in all have been delivered since the start; throws after the patience. */
  delivered(total: number): Promise<void>
  /** Messages that its readers can get, counted slowly and by another way than `delivered`. */
  count(): Promise<number>
  /** Throws when a mail does not show that it was screened. */
  checkScreened(): Promise<void>
  /** The last of what it logged that is no success, for a bench that failed. */
  complaints(): Promise<string>
  stop(): Promise<void>
}

/** Milliseconds without progress after which a delivery counts as stuck. */
export const PATIENCE = 60_000

/** Throws unless the header of a delivered mail tells of SPF, DKIM and DMARC that passed. */
export function requirePasses(who: string, header: string): void {
  for (const result of ["spf=pass", "dkim=pass", "dmarc=pass"])
    if (!header.includes(result)) throw new Error(`${who} did not screen: no ${result} in the first mail`)
}
