import { endOfList } from "@letterkeep/pop3"
import type { Line } from "./line.ts"

/** The lines of a multi-line response, and its end (RFC 1939 §3). No line of ours begins with a dot. */
export async function writeList(line: Pick<Line, "write">, lines: Iterable<string>): Promise<void> {
  for (const text of lines) await line.write(`${text}\r\n`)
  await line.write(endOfList)
}
