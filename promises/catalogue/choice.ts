import type { Promised } from "./promise.ts"

/** Choices. */
export const choice: readonly Promised[] = [
  {
    id: "CHOICE-1",
    title: "No to marketing",
    sentence:
      "You refuse marketing in one step, for mail, texts, calls and push each on its own, and it ends at once.",
    shownBy: "the step in each message and in settings; nobody is won back after deletion",
  },
  {
    id: "CHOICE-2",
    title: "No to cookies",
    sentence: "You can refuse cookies, and are told what then does not work.",
    shownBy: "the consent page; only what is strictly needed remains",
  },
  {
    id: "CHOICE-3",
    title: "Do not sell or share",
    sentence:
      "The right not to have data sold or shared is yours everywhere, by link or by your browser's signal, at no disadvantage.",
    shownBy: "the link on each page; the signal honoured without sign-in; agents served",
  },
  {
    id: "CHOICE-4",
    title: "Nothing goes anywhere by itself",
    sentence: "Only features that you chose send your messages anywhere.",
    shownBy: "each of them off at first",
  },
  {
    id: "CHOICE-5",
    title: "Choices have a history",
    sentence: "Each choice is kept with what you chose, when, and the words you were shown.",
    shownBy: "the record of consent",
  },
]
