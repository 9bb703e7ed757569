/**
 * The DNS, as far as mail needs it: what an answer is to those who ask, and the messages on the wire. Pure;
 * the one thing that asks the network is `ports/network`.
 */
export {
  type AskedType,
  type CaaRecord,
  type DnsMessage,
  type DnsRecord,
  encodeQuery,
  type Query,
  type RecordData,
  readMessage,
  recordType,
  type SrvRecord,
  type TlsaRecord,
} from "./message.ts"
export { foldName } from "./name.ts"
export { printable } from "./printable.ts"
export {
  type DnsAnswer,
  type MxRecord,
  type NamePart,
  type NameResolver,
  namingAlike,
  type Resolver,
  type SendingResolver,
  type SetUpResolver,
} from "./resolver.ts"
export { reverseName } from "./reverse-name.ts"
export { createTableResolver, type DnsTable } from "./table-resolver.ts"
