import { firstFieldText, messageIds, splitFields } from "@letterkeep/mime"

/** The Message-ID of a header, without brackets, where it has one that can stand in a field of ours. */
export function originalId(header: Buffer): string | undefined {
  const { fields } = splitFields(header)
  return usableId(firstFieldText(header, fields, "message-id") ?? "")
}

/** The first identifier of such a field. */
export function usableId(text: string): string | undefined {
  const [id] = messageIds(text)
  return id === undefined || !/^[!-;=?-~]{1,900}$/.test(id) ? undefined : id
}
