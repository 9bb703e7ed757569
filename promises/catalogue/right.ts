import type { Promised } from "./promise.ts"

/** Seeing, correcting, taking along, deleting. */
export const right: readonly Promised[] = [
  {
    id: "RIGHT-1",
    title: "Seeing it all",
    sentence: "You see everything that is held about you, why, and who was given it.",
    shownBy: "the page of your data",
  },
  {
    id: "RIGHT-2",
    title: "Correcting",
    sentence: "You can correct what is wrong.",
    shownBy: "edits with their history",
  },
  {
    id: "RIGHT-3",
    title: "Taking it along",
    sentence: "You can take your data with you in open formats.",
    shownBy: "one whole archive of mbox, vCard, WAV and JSON",
  },
  {
    id: "RIGHT-4",
    title: "Deleting",
    sentence: "You can delete your account and all that belongs to it, from backups too.",
    shownBy: "keys destroyed, a receipt, and an old backup restored in which nothing can be read",
  },
  {
    id: "RIGHT-5",
    title: "What the law keeps",
    sentence: "What the law says must be kept is all that is kept, and you are told what and until when.",
    shownBy: "the register of retention, shown on deletion",
  },
  {
    id: "RIGHT-6",
    title: "For those who are no customers",
    sentence: "People without an account can ask the same.",
    shownBy: "the form for requests, with verification",
  },
]
