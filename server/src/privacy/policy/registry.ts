import type { Above, Category } from "./categories.ts"
import type { purposes } from "./purposes.ts"
import type { recipients } from "./recipients.ts"

/**
 * The types that the tables of the policy make: they are what `gate`, `Personal` and `disclose` are written with,
 * so that what is not declared does not compile.
 */
export type Purpose = keyof typeof purposes
export type Recipient = keyof typeof recipients

type Allowed<P extends Purpose> = (typeof purposes)[P]["categories"][number]
/** The purposes that may open a category. */
export type PurposeThatOpens<C extends Category> = {
  [P in Purpose]: Allowed<P> & Above<C> extends never ? never : P
}[Purpose]
/** The purposes that may send something to a recipient. */
export type PurposeThatTells<R extends Recipient> = {
  [P in Purpose]: R extends (typeof purposes)[P]["recipients"][number] ? P : never
}[Purpose]
/** What a recipient may get. */
export type FieldOf<R extends Recipient> = (typeof recipients)[R]["fields"][number]
/** What those who run the server may be shown of a person. */
export type SupportCategory = Allowed<"account.support">
