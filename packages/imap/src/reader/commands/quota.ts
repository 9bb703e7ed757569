import { mailbox } from "../grammar/mailbox.ts"
import { textString } from "../grammar/text.ts"
import type { Parser } from "./index.ts"

/** RFC 9208 §7: `getquota = "GETQUOTA" SP quota-root-name`, an astring. */
export const getQuota: Parser = d => {
  d.sp("GETQUOTA")
  return { name: "GETQUOTA", root: textString(d, "the name of a quota root", "GETQUOTA") }
}

/** RFC 9208 §7: `getquotaroot = "GETQUOTAROOT" SP mailbox` */
export const getQuotaRoot: Parser = d => {
  d.sp("GETQUOTAROOT")
  return { name: "GETQUOTAROOT", mailbox: mailbox(d, "GETQUOTAROOT") }
}

/** RFC 9208 §7: `setquota = "SETQUOTA" SP quota-root-name SP "(" [resource SP number64 *(SP resource SP number64)] ")"` */
export const setQuota: Parser = d => {
  d.sp("SETQUOTA")
  const root = textString(d, "the name of a quota root", "SETQUOTA")
  d.sp("the quota root")
  const limits = d.list(
    () => {
      const resource = d.atom("the name of a resource").toUpperCase()
      d.sp(resource)
      return [resource, d.number64("a limit", resource)] as const
    },
    "resources and limits",
    { after: "the quota root" },
  )
  return { name: "SETQUOTA", root, limits }
}
