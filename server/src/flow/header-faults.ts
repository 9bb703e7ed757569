import type { HeaderFault } from "./gather.ts"

/** What its sender is told of a message whose header passes a limit. */
export const headerFaultTexts: Readonly<Record<HeaderFault, string>> = {
  "too-long": "The header of this message is too long.",
  "too-many-fields": "The header of this message has too many fields.",
}
