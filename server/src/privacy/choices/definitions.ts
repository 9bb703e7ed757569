import type { ChoiceValue } from "./contract.ts"

/**
 * The choices that there are today, each with the words in which it is asked. Words that change are new words: what
 * somebody was shown stands in the history with their choice. Every default is the private one.
 *
 * A feature that sends something of a person's anywhere adds its choice here, and the purpose that it serves names
 * it (`purposes.ts`): without a yes, the gate does not open for that purpose.
 */
interface ChoiceDefinition {
  /** Where nobody has chosen. */
  readonly otherwise: ChoiceValue
  readonly title: string
  /** What a person is shown before they choose. */
  readonly wording: string
}

export const choiceDefinitions = {
  "sell-or-share": {
    otherwise: "no",
    title: "Selling or sharing of personal data",
    wording:
      "May this server sell your personal data, or share it for advertising? Today it does neither, whatever you answer: there is nothing to sell, and nobody to sell it to. Where you have said nothing, the answer is no. Your answer is kept, with these words, and you can change it at any time.",
  },
} as const satisfies { readonly [name: string]: ChoiceDefinition }

export type ChoiceName = keyof typeof choiceDefinitions

export function isChoiceName(text: string): text is ChoiceName {
  return Object.hasOwn(choiceDefinitions, text)
}

/** Of a browser that sends Global Privacy Control: what is said to it, and since when (a date). */
export const signalSupport = {
  /** The policy's page shows this, and it is kept as the wording of the choice that the signal makes. */
  wording:
    "Your browser sends Global Privacy Control: honoured. It counts as your no to selling and sharing. Nothing of you is sold or shared here.",
  since: "2026-11-26",
} as const
