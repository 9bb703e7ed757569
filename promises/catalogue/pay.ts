import type { Promised } from "./promise.ts"

/** Plans and payment. */
export const pay: readonly Promised[] = [
  {
    id: "PAY-1",
    title: "Paying",
    sentence: "Paid plans go through a payment processor, who is given what billing needs and nothing more.",
    shownBy: "a payment in the processor's test mode; the ledger's entry with its fields",
  },
  {
    id: "PAY-2",
    title: "No card numbers here",
    sentence: "Your card's number is never held in the clear.",
    shownBy: "the processor's token as the one thing stored",
  },
  {
    id: "PAY-3",
    title: "Help with billing",
    sentence:
      "Support can find your account by billing facts when you cannot sign in, and abuse of offers is found.",
    shownBy: "the staff's tool, which asks a reason and writes to the ledger",
  },
]
