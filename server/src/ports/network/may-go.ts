import { type Egress, EgressError, type EgressRecipient } from "./egress.ts"

/** Asks whether one more thing may go to `recipient`, and counts it as gone; false where nothing may go there now. */
export async function mayGo(egress: Egress, recipient: EgressRecipient): Promise<boolean> {
  try {
    await egress.release(recipient)
    return true
  } catch (error) {
    if (error instanceof EgressError) return false
    throw error
  }
}
