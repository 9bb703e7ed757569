import type { Promised } from "./promise.ts"

/** Security and access. */
export const sec: readonly Promised[] = [
  {
    id: "SEC-1",
    title: "Staff look only with a reason",
    sentence:
      "Staff see personal data only when they need to, for a stated reason and a limited time, and you see that they did.",
    shownBy: "access that asks, runs out, and stands in the person's ledger",
    missing: "a look on web pages, and its end after two minutes,",
  },
  {
    id: "SEC-2",
    title: "Only your sign-in opens your messages",
    sentence:
      "Your messages open to your own sign-in alone: not to the operator, and not to whoever takes the disk and the key file.",
    shownBy: "every way but the sign-in, tried with the database and the key file in hand, that fails",
  },
  {
    id: "SEC-3",
    title: "Protected data",
    sentence: "Data is protected from being seen, changed, disclosed or destroyed by those who should not.",
    shownBy: "encryption on the way and at rest; a ledger that shows tampering; a restored backup",
    missing: "all but the gate against our own mistakes: encryption on the way, and a restored backup,",
  },
  {
    id: "SEC-4",
    title: "Break-ins and abuse",
    sentence: "Fraud, break-ins and abuse are noticed and stopped.",
    shownBy: "limits of rate, lock-outs, an alert to the person",
  },
  {
    id: "SEC-5",
    title: "Lending support one item",
    sentence: "You may show support a single item for a limited time, and take it back.",
    shownBy: "one item lent, timed, revoked, in the ledger",
  },
  {
    id: "SEC-6",
    title: "Reporting a weakness",
    sentence: "The service says how to report a weakness in it.",
    shownBy: "the security page and security.txt",
  },
]
