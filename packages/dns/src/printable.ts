/**
 * Text for people that holds names from the DNS. A label may hold any octet (RFC 2181 §11), so also those that move a
 * terminal's cursor: what is not printable ASCII becomes "?".
 */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?")
}
