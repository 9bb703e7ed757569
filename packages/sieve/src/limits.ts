/**
 * Every bound of this package, by name. A script that passes one of the first table is refused when it is checked; one
 * that passes one of the second fails when it runs, and then the message is kept. All can be set by the caller.
 */

export interface ScriptLimits {
  /** Characters of a script. */
  readonly scriptLength: number
  /** Blocks, tests and lists inside one another. RFC 5228 §2.10.7 asks for 15 of blocks, and of tests in them. */
  readonly nesting: number
  /** Tokens of a script: what the tree of it may weigh. */
  readonly tokens: number
  /** Strings of one list. */
  readonly listItems: number
  /** Faults that are told of one script. */
  readonly faults: number
}

export const scriptLimits: ScriptLimits = {
  scriptLength: 256 * 1024,
  nesting: 64,
  tokens: 50_000,
  listItems: 5_000,
  faults: 25,
}

/** ${1} to this one hold what the wildcards of a `:matches` stood for (RFC 5229 §6: 9 at least). Not to be set. */
export const lastMatchVariable = 32

export interface RunLimits {
  /** Commands and tests of one run, and comparisons of a value with a key. */
  readonly steps: number
  /** Characters that all comparisons of a run look at, and that all texts of it are put together from. */
  readonly characters: number
  /** Characters after which a run rests before its next test or comparison, where its caller has a `rest` for it. */
  readonly charactersAtOnce: number
  /** Different variables. RFC 5229 §6 asks for 128 at least. */
  readonly variables: number
  /** Characters of a variable's value; the rest is cut off (RFC 5229 §6: 4,000 at least). */
  readonly variableLength: number
  /** Characters of a text once its variables are put in. */
  readonly textLength: number
  readonly redirects: number
  /** Actions of one run, redirects among them. */
  readonly actions: number
  /** Flags in one variable or on one action. */
  readonly flags: number
  /** Duplicates asked about in one run. */
  readonly duplicates: number
  /** Octets of decoded parts that `body` looks at. */
  readonly bodyBytes: number
  /** Parts that `body` looks at. */
  readonly bodyParts: number
  /** Entries of the trace; what comes after is counted. */
  readonly traceEntries: number
  /** Characters of one value in the trace. */
  readonly traceText: number
}

export const runLimits: RunLimits = {
  steps: 100_000,
  characters: 50_000_000,
  charactersAtOnce: 500_000,
  variables: 128,
  variableLength: 8_192,
  textLength: 65_536,
  redirects: 5,
  actions: 32,
  flags: 64,
  duplicates: 16,
  bodyBytes: 1024 * 1024,
  bodyParts: 200,
  traceEntries: 1_000,
  traceText: 80,
}
