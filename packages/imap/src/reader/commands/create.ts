import type { Decoder } from "../decoder.ts"
import { mailbox } from "../grammar/mailbox.ts"
import type { Parser } from "./index.ts"

/**
 * RFC 6154 §6, RFC 4466 §2.2:
 *
 *     create       = "CREATE" SP mailbox [SP "(" create-param *(SP create-param) ")"]
 *     create-param = "USE" SP "(" [use-attr *(SP use-attr)] ")"
 *     use-attr     = "\" atom
 */
export const create: Parser = d => {
  d.sp("CREATE")
  const name = mailbox(d, "CREATE")
  const use = d.maybe(" ")
    ? d.list(() => uses(d), "parameters", { least: 1, after: "the mailbox" }).flat()
    : []
  return { name: "CREATE", mailbox: name, use }
}

function uses(d: Decoder): string[] {
  d.oneOf(["USE"], "USE")
  d.sp("USE")
  return d.list(() => useAttribute(d), "special uses such as \\Archive", { after: "USE" })
}

function useAttribute(d: Decoder): string {
  d.take("\\", "USE (")
  return `\\${d.atom("the name of a special use", "\\")}`
}
