/** What went wrong in an attempt, in words and in the log's own. */
import { type AcmeFailure, type Explained, explainFailure } from "@letterkeep/acme"
import { HookError } from "./dns-hook.ts"

export type Why = AcmeFailure["kind"] | "dns-hook" | "held-back" | "other"

/** Nothing may be told to the authority: no agreement with it stands. */
export class HeldBackError extends Error {
  override readonly name = "HeldBackError"
  readonly temporary = true
}

export interface Told extends Explained {
  readonly why: Why
}

export const toldOf = (failure: AcmeFailure): Told => ({ why: failure.kind, ...explainFailure(failure) })

/** Of what an attempt throws; undefined for what is not the operator's to mend. */
export function toldOfError(error: unknown): Told | undefined {
  if (error instanceof HookError)
    return {
      why: "dns-hook",
      says: `the program for records in the DNS failed: ${error.message}`,
      todo: "see that [acme] dns_hook names a program that works when it is called by hand",
    }
  if (error instanceof HeldBackError)
    return {
      why: "held-back",
      says: "nothing may be told to the authority now",
      todo: "./letterkeep recipients agree certificate-authority",
    }
  return undefined
}
