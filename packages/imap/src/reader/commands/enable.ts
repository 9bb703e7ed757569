import { maxList } from "../limits.ts"
import type { Parser } from "./index.ts"

/** RFC 9051 §9: `enable = "ENABLE" 1*(SP capability)` */
export const enable: Parser = d => {
  const capabilities: string[] = []
  do {
    d.sp("ENABLE")
    if (capabilities.length === maxList) throw d.limit(`more than ${maxList} names`)
    capabilities.push(d.atom("the name of a capability", "ENABLE").toUpperCase())
  } while (d.peek() === " ")
  return { name: "ENABLE", capabilities }
}
