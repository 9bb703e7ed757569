import type { Promised } from "./promise.ts"

/** Campaigns to people who asked for them. */
export const camp: readonly Promised[] = [
  {
    id: "CAMP-1",
    title: "Only those who asked",
    sentence: "Campaigns go only to people who opted in, and the evidence of it is kept.",
    shownBy:
      "source, time, wording and address for each subscriber; imports without evidence refused or confirmed anew",
  },
  {
    id: "CAMP-2",
    title: "Leaving is easy",
    sentence: "Every campaign message says how to leave, and leaving works at once, however you ask.",
    shownBy:
      "link, one click, mail, reply, call and letter, all honoured; across a client's lists when asked",
  },
  {
    id: "CAMP-3",
    title: "Preference centre",
    sentence: "You can see and correct what a list holds about you, and choose topics and how often.",
    shownBy: "the page behind a signed link",
  },
  {
    id: "CAMP-4",
    title: "Complaints are looked into",
    sentence: "Every complaint about a campaign is investigated, and you hear the outcome.",
    shownBy: "a case from report, reply or form, with evidence, acknowledgement and outcome",
  },
  {
    id: "CAMP-5",
    title: "Rule breakers are stopped",
    sentence: "A client who mails people that did not ask is stopped.",
    shownBy: "sending pauses at a threshold; a suspension closes every path",
  },
  {
    id: "CAMP-6",
    title: "Campaigns made by clients themselves",
    sentence: "Clients build, test, schedule and send their campaigns on their own.",
    shownBy: "lists, segments, templates, comparisons and automations in browser and interface",
  },
  {
    id: "CAMP-7",
    title: "Results, where you allow it",
    sentence: "Deliveries, opens and clicks are counted for those alone whose choice allows it.",
    shownBy: "dashboard; machines' opens told apart; no tracking for those who declined",
  },
  {
    id: "CAMP-8",
    title: "Clients can take their data out",
    sentence: "A client can analyse its data and take all of it elsewhere.",
    shownBy: "queries, charts, a whole export, a stream into the client's own store",
  },
  {
    id: "CAMP-9",
    title: "A client's data is its own",
    sentence: "A client's subscribers are never seen by, or shared with, another client.",
    shownBy: "tries to cross, over every table and every interface, that fail",
  },
  {
    id: "CAMP-10",
    title: "Interests, given freely",
    sentence: "You may say what interests you, so that you get what suits you.",
    shownBy: "typed fields with consent, used by segments",
  },
  {
    id: "CAMP-11",
    title: "Service messages are no marketing",
    sentence:
      "Word of outages and changes reaches you even with marketing off; marketing does not, under any label.",
    shownBy: "two streams; marketing that cannot be sent as service",
  },
  {
    id: "CAMP-12",
    title: "Fast and polite",
    sentence:
      "Campaigns are sent fast, at the pace each receiving domain bears, and never again to an address that is gone.",
    shownBy: "a measured rate; warm-up; bounces and suppression at work",
  },
]
