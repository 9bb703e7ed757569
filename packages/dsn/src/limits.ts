/** Every bound of this package, by name. */

/** Octets of a whole original that a report carries; of a larger one it carries the header alone. */
export const wholeOriginalLimit = 256 * 1024
/** Octets of an original's header that a report carries; fields beyond are left out. */
export const originalHeaderLimit = 64 * 1024
/** Characters of one value that is written: an address, a name, what a server said. The rest is cut. */
export const writtenValueLimit = 900
/** Recipients that the human part explains one by one; the others it counts. */
export const explainedLimit = 50

/** Octets of a report of others that are looked at, original included. */
export const readReportLimit = 32 * 1024 * 1024
/** Octets of its machine-readable part. */
export const readStatusLimit = 512 * 1024
/** Groups of fields in it, the one about the message included: beyond, recipients are left out. */
export const readGroupLimit = 1_001
/** Characters of one value that is read; the rest is cut. */
export const readValueLimit = 2_000
/** Octets of the original's header that are looked at, and of plain text that a header is sought in. */
export const readOriginalLimit = 256 * 1024
