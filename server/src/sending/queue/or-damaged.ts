import { VaultError } from "../../vaults/index.ts"
import { DamagedMailError } from "./sealed-forms.ts"

/** For whoever only tells of what is sealed: what does not open, now or ever, is told of as damaged. */
export async function orDamaged<T>(open: () => Promise<T>): Promise<T | "damaged"> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof VaultError || error instanceof DamagedMailError) return "damaged"
    throw error
  }
}
