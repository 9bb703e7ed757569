/** What stands behind the last "@" of an address, in lower case; the text itself where there is none. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase()
}
