import { createHash } from "node:crypto"
import { z } from "zod"

/**
 * The policy as it is published: sections of statements, each under an id that stays, so that two versions can be
 * compared statement by statement. It holds all that the page says of the policy, and nothing that changes without
 * a new version; what the page adds (results of checks, the browser's signal) is not part of it.
 *
 * Its canonical text is its JSON with the keys in the order of this file, without blanks, in UTF-8; the SHA-256 of
 * that is what the ledger holds.
 */
export interface Statement {
  readonly id: string
  /** What it is about, where the text alone does not say it; empty otherwise. */
  readonly term: string
  readonly text: string
  /** Label and value. */
  readonly facts: readonly (readonly [string, string])[]
  /** What it is made from. */
  readonly source: Source
  /** Ids of the promises that prove it; none: not machine-checked. */
  readonly promises: readonly string[]
}

/**
 * `rules`: the tables that rule gate and disclosure. `columns`: these, and the tags of the database's columns.
 * `settings`: the operator's. `words`: a sentence that somebody wrote.
 */
export type Source = (typeof sources)[number]
const sources = ["rules", "columns", "settings", "words"] as const

export interface Section {
  readonly id: string
  readonly title: string
  readonly statements: readonly Statement[]
}

export interface PolicyDocument {
  readonly format: 1
  /** Number of the rules that the program was built with. */
  readonly rules: number
  readonly sections: readonly Section[]
}

/** Octets of a canonical text at most: about ten times what there is to say today. */
export const maxDocumentBytes = 512 * 1024

export function canonicalText(document: PolicyDocument): string {
  const { format, rules, sections } = document
  return JSON.stringify({
    format,
    rules,
    sections: sections.map(({ id, title, statements }) => ({
      id,
      title,
      statements: statements.map(({ id, term, text, facts, source, promises }) => ({
        id,
        term,
        text,
        facts,
        source,
        promises,
      })),
    })),
  })
}

/** Of a canonical text, in hex. */
export function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}

const shape = z.strictObject({
  format: z.literal(1),
  rules: z.int().positive(),
  sections: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      statements: z.array(
        z.strictObject({
          id: z.string(),
          term: z.string(),
          text: z.string(),
          facts: z.array(z.tuple([z.string(), z.string()])),
          source: z.enum(sources),
          promises: z.array(z.string()),
        }),
      ),
    }),
  ),
})

/** Reads a canonical text. Throws where it is none: somebody changed what was stored. */
export function readDocument(text: string): PolicyDocument {
  if (Buffer.byteLength(text) > maxDocumentBytes) throw new PolicyTextError("is longer than any policy")
  const read = shape.safeParse(JSON.parse(text))
  if (!read.success) throw new PolicyTextError(read.error.issues[0]?.message ?? "has another shape")
  return read.data
}

/** A stored version of the policy is not one that this program wrote. */
export class PolicyTextError extends Error {
  override readonly name = "PolicyTextError"
  readonly temporary = false
  constructor(why: string) {
    super(`a stored version of the policy ${why}`)
  }
}
