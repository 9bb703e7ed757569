import type { Promised } from "./promise.ts"

/** Texts. */
export const txt: readonly Promised[] = [
  {
    id: "TXT-1",
    title: "Texts",
    sentence: "You receive and send texts and pictures with your numbers, and read them as conversations.",
    shownBy: "gateways by SMPP and web-hook; the view of a conversation",
  },
  {
    id: "TXT-2",
    title: "Text spam",
    sentence: "Spam and fraud among your texts are put aside with a reason that you can overrule.",
    shownBy: "quarantine, reason, overruling",
  },
  {
    id: "TXT-3",
    title: "Gateways learn no more than they need",
    sentence: "A text gateway is given the number and the content to deliver, and nothing else.",
    shownBy: "the ledger's entry with exactly these fields",
  },
  {
    id: "TXT-4",
    title: "STOP means stop",
    sentence: "The words STOP, START and HELP are obeyed in answer to any bulk text.",
    shownBy: "sending stops at once and is confirmed once",
  },
]
