/** One thing that the service does for people, or owes them. Ids are stable: pages, receipts and checks cite them. */
export interface Promised {
  /** `AREA-number`. */
  readonly id: string
  /** A few words for a list. */
  readonly title: string
  /** What is promised, in a sentence that a person who uses the service can hold us to. */
  readonly sentence: string
  /** What a person, an operator or a test must be able to see on a running server. */
  readonly shownBy: string
  /** What its check does not cover yet. The check has to pass all the same; the promise stays open. */
  readonly missing?: string
}
