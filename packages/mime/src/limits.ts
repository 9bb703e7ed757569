/**
 * Every bound of this package, by name. A message that passes one is never refused here: what lies beyond is
 * left out of the answer, and the scan says so in `truncated`.
 */

/** Header bytes of one part that are split into fields; the body still begins where it begins. */
export const HEADER_BYTES_LIMIT = 256 * 1024
/** Fields of one header. */
export const FIELDS_LIMIT = 2_000
/** Parts of one message, nested ones counted. */
export const PARTS_LIMIT = 1_000
/** Multiparts and messages inside one another. Counting lines costs at most this times the size. */
export const DEPTH_LIMIT = 32
/** Lines of one multipart that begin like its delimiter and are none. */
export const FALSE_DELIMITERS_LIMIT = 10_000
/** Lines of one message that begin with "--", among which delimiters are sought: an attached diff has thousands. */
export const DASH_LINES_LIMIT = 200_000
/** How often such lines are compared with a boundary, by all multiparts together. */
export const COMPARISONS_LIMIT = 1_000_000
/** Octets of bodies that text is sought in, for each octet of text wanted: mark-up may hold next to none. */
export const SOURCE_FACTOR = 64
/** Characters of a boundary; RFC 2046 §5.1.1 allows 70. */
export const BOUNDARY_LIMIT = 256
/** Parameters of one Content-Type or Content-Disposition. */
export const PARAMETERS_LIMIT = 64
/** Mailboxes and group names of one field. */
export const ADDRESSES_LIMIT = 5_000
/** Message identifiers of one field: the first, and the last ones. */
export const MESSAGE_IDS_LIMIT = 100
/** Characters of a message identifier; a longer one is no identifier. */
export const MESSAGE_ID_LENGTH_LIMIT = 998
/** Characters of a preview (RFC 8970 §3.2 allows 256). */
export const PREVIEW_LIMIT = 200

export type TruncatedBy =
  | "header-bytes"
  | "fields"
  | "parts"
  | "depth"
  | "false-delimiters"
  | "dash-lines"
  | "boundary-length"
