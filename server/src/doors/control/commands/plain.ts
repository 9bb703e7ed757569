/** What others wrote, for a terminal: nothing that moves its cursor, and nothing that turns text about. */
export const plain = (text: string): string => text.replace(/\p{Cc}/gu, " ").replace(/\p{Cf}/gu, "")
