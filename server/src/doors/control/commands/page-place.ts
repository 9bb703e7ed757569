/** Where a page of a list ends, as the option that asks for the next one is given it: `1772618520000/4711`. */
import { z } from "zod"

/** Milliseconds since 1970 and an id, whichever list it is of. */
export const pagePlace = z
  .string()
  .regex(/^\d{1,15}\/\d{1,16}$/)
  .transform(text => {
    const [ms, mail] = text.split("/").map(Number)
    return { at: new Date(ms ?? 0), mail: mail ?? 0 }
  })

export const placeText = ({ at, mail }: z.output<typeof pagePlace>): string => `${at.getTime()}/${mail}`
