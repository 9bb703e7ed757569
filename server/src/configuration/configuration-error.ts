export interface Problem {
  /** `smtp.max_message_size`; empty where the file as a whole is meant. */
  readonly key: string
  /** From 1; undefined where it is not known. */
  readonly line: number | undefined
  /** What is wrong and what to write, one sentence. */
  readonly text: string
}

/** The configuration cannot be used. The message is for the operator, one line a problem. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError"
  readonly temporary = false
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[], cause?: unknown) {
    const lines = problems.map(({ key, line, text }) =>
      [`${file}${line === undefined ? "" : `:${line}`}`, key, text].filter(part => part !== "").join(": "),
    )
    super(lines.join("\n"), { cause })
    this.problems = problems
  }
}
