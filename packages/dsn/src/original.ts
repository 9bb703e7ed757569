import { findBodyStart, splitFields } from "@letterkeep/mime"
import { originalHeaderLimit, wholeOriginalLimit } from "./limits.ts"

/**
 * What a report carries of the message that it is about (RFC 3461 §6.2): the whole, where the sender asked for it by RET
 * and something failed, else its header. Bytes as they are.
 */
export interface Carried {
  readonly kind: "whole" | "header"
  readonly bytes: Buffer
  readonly wasTooLarge: boolean
}

/** RFC 3461 §4.3: RET=FULL speaks of failures; other reports carry headers alone. */
export function carry(original: Buffer, ret: "full" | "headers", isFailure: boolean): Carried {
  const wantsWhole = ret === "full" && isFailure
  const wasTooLarge = wantsWhole && original.length > wholeOriginalLimit
  if (wantsWhole && !wasTooLarge) return { kind: "whole", bytes: original, wasTooLarge }
  return { kind: "header", bytes: headerOf(original), wasTooLarge }
}

/** The header with its last line end and without the empty line; of a very long one the first fields. */
export function headerOf(original: Buffer): Buffer {
  const end = findBodyStart(original, 0, original.length)
  const { fields } = splitFields(original, 0, end)
  let at = 0
  for (const field of fields) {
    if (field.end > originalHeaderLimit) break
    at = field.end
  }
  return original.subarray(0, at)
}
