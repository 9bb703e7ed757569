import type { Promised } from "./promise.ts"

/** Sharing with others. */
export const share: readonly Promised[] = [
  {
    id: "SHARE-1",
    title: "One gate",
    sentence:
      "Personal data leaves through one gate alone: for a named purpose, under an agreement on record, with the fields that it allows.",
    shownBy: "a check that there is no other way out; the ledger",
  },
  {
    id: "SHARE-2",
    title: "Never sold",
    sentence: "Personal data is never sold, rented or lent, nor used for anybody else's marketing.",
    shownBy: "no purpose for it exists; adding one is a material change of the policy",
  },
  {
    id: "SHARE-3",
    title: "Figures of quality without identity",
    sentence: "Figures about the quality of the service go out without anybody's identity.",
    shownBy: "sums pass the gate, rows do not",
  },
  {
    id: "SHARE-4",
    title: "Legal demands",
    sentence:
      "Legal demands are recorded, checked and kept to the least, and you are told unless that is forbidden.",
    shownBy: "the register of demands; a ledger entry under seal until it may be shown",
  },
  {
    id: "SHARE-5",
    title: "If the business is sold",
    sentence: "A sale, merger or bankruptcy moves your data only after notice and with a way to leave.",
    shownBy: "the procedure, with notice and export",
  },
  {
    id: "SHARE-6",
    title: "What you share yourself",
    sentence: "Forwards, links, reports and publications are your own acts: said before, recorded after.",
    shownBy: "the screen that asks; the ledger",
  },
  {
    id: "SHARE-7",
    title: "Addresses and numbers",
    sentence: "Your addresses and numbers go to others only with your explicit permission.",
    shownBy: "the gate's refusal without consent",
  },
  {
    id: "SHARE-8",
    title: "Providers are bound",
    sentence: "Providers and staff are bound by agreements with a purpose, fields and an end.",
    shownBy: "the registers of recipients and of staff; an agreement that ended stops the flow",
  },
]
