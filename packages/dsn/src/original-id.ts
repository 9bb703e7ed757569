import { firstFieldText, messageIds, splitFields } from "@letterkeep/mime"

/** The Message-ID of a header, without brackets, where it has one that can stand in a field of ours. */
export function originalId(header: Buffer): string | undefined {
  const { fields } = splitFields(header)
  const [id] = messageIds(firstFieldText(header, fields, "message-id") ?? "")
  return id === undefined || !/^[!-;=?-~]{1,900}$/.test(id) ? undefined : id
}
