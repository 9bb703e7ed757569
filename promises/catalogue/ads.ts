import type { Promised } from "./promise.ts"

/** Advertising without profiles. */
export const ads: readonly Promised[] = [
  {
    id: "ADS-1",
    title: "Advertisers serve themselves",
    sentence:
      "Advertisers buy space, choose a broad audience and see results, for residents of the named regions.",
    shownBy: "the advertiser's console with budget, pace and reports",
  },
  {
    id: "ADS-2",
    title: "Advertisers learn of nobody",
    sentence: "No advertiser is told a name, an address, a number, or anything that points at one person.",
    shownBy: "small audiences refused; reports only in sums",
  },
  {
    id: "ADS-3",
    title: "Opting out of ads by interest",
    sentence:
      "You can opt out of advertising by interest; accounts from carriers and businesses see no advertising at all.",
    shownBy:
      "setting, browser signal and device limit honoured; rule for carriers' data held by types and a check",
  },
  {
    id: "ADS-4",
    title: "Messages are not read for ads",
    sentence:
      "Advertising follows general facts such as age band, region and plan, never your messages or calls.",
    shownBy: "the list of what the picker may read, in the policy and at the gate",
  },
]
