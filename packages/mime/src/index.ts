/**
 * Mail as values: where its fields and parts lie, what its addresses, dates, identifiers and words mean. Pure
 * functions over bytes; none throws, whatever the bytes are, and each bound has a name in `limits.ts`.
 */
export {
  type Address,
  addressText,
  type Group,
  type Mailbox,
  mailboxesOf,
  parseAddressList,
} from "./addresses.ts"
export { decodeCharset } from "./charset.ts"
export { type MailDate, parseDate } from "./date.ts"
export { type EnvelopeName, type EnvelopeText, envelopeNames, envelopeTextOf } from "./envelope.ts"
export {
  type Field,
  type FieldsFound,
  fieldText,
  findBodyStart,
  firstFieldText,
  headerText,
  splitFields,
  unfold,
} from "./fields.ts"
export { foldText, piecesOf, wordsOf } from "./fold.ts"
export * from "./limits.ts"
export { messageIds } from "./message-ids.ts"
export {
  type ContentType,
  type Disposition,
  type Parameter,
  parameterValue,
  parseContentType,
  parseDisposition,
} from "./parameters.ts"
export { type MessageScan, octetsOf, type Part, partAt } from "./part.ts"
export { scanMessage } from "./scan.ts"
export { stripHtml } from "./strip-html.ts"
export {
  attachmentNames,
  decodeText,
  fileName,
  previewOf,
  previewOfText,
  textOf,
  textWithin,
} from "./text.ts"
export { decodeTransfer } from "./transfer.ts"
export { createTransferDecoder, isKnownEncoding, type TransferDecoder } from "./transfer-decoder.ts"
export { decodeWords } from "./words.ts"
