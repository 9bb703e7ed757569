import type { Promised } from "./promise.ts"

/** The operator's site: visits, forms, feedback. */
export const site: readonly Promised[] = [
  {
    id: "SITE-1",
    title: "Visits are counted",
    sentence:
      "The site counts visits, with device, language, where they came from and how long they lasted, and says so.",
    shownBy: "the dashboard of visits, with the page or message that led to a sign-up",
  },
  {
    id: "SITE-2",
    title: "Cookies by choice",
    sentence:
      "Repeat visits are told by an opaque cookie of our own that you can decline; the site works without it.",
    shownBy: "no cookie before the choice; browser signals obeyed",
  },
  {
    id: "SITE-3",
    title: "Beacons within the policy",
    sentence: "Beacons count views, and are joined with visits only as the policy says.",
    shownBy: "the beacon's address; logs of advertisers without a personal field",
  },
  {
    id: "SITE-4",
    title: "A visitor is nobody until they say so",
    sentence:
      "Visits are tied to you only once you send a form or become a customer, and then you can see and erase them.",
    shownBy: "no join possible before; shown and erasable after; never by network address",
  },
  {
    id: "SITE-5",
    title: "Forms",
    sentence: "What you send with a form is used to answer it.",
    shownBy: "an inbox of forms with a purpose on each record",
  },
  {
    id: "SITE-6",
    title: "Feedback",
    sentence: "Feedback is yours to give, and published only chosen and without your name.",
    shownBy: "a step of publishing that takes identity away",
  },
  {
    id: "SITE-7",
    title: "Logs",
    sentence: "Network addresses in logs are not joined to people to find trends.",
    shownBy: "what logs can hold, and for how long",
  },
  {
    id: "SITE-8",
    title: "Being removed",
    sentence: "Ask by mail, letter or form, and you are removed from the operator's records.",
    shownBy: "a request followed to its end, with a receipt",
  },
  {
    id: "SITE-9",
    title: "Pages that follow visits",
    sentence: "Pages suit themselves to earlier visits only if you chose so.",
    shownBy: "with the choice off, the same plain page for everyone",
  },
  {
    id: "SITE-10",
    title: "Nothing covert",
    sentence: "Nothing is gathered in secret, and no script or cookie of anybody else is there.",
    shownBy: "a crawl of all pages that meets no third party; no fingerprinting",
  },
  {
    id: "SITE-11",
    title: "Surveys",
    sentence: "You may be asked how things went, and may freely not answer.",
    shownBy: "surveys that can be skipped and do not ask twice",
  },
]
