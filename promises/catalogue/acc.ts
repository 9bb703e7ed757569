import type { Promised } from "./promise.ts"

/** Accounts and people. */
export const acc: readonly Promised[] = [
  {
    id: "ACC-1",
    title: "Opening an account",
    sentence:
      "You open an account with your name, an e-mail address and your phone numbers, and each address or number counts only once you have shown that it is yours.",
    shownBy: "signing up in a browser; a code by mail, text or call; a number not yet confirmed gets nothing",
  },
  {
    id: "ACC-2",
    title: "Address book only as granted",
    sentence:
      "Your contacts come in only when you grant it, and taking the grant back removes them and all that was made from them.",
    shownBy:
      "import by vCard, CardDAV and OAuth; after revoking, neither entries nor what was derived from them are left",
  },
  {
    id: "ACC-3",
    title: "More numbers, one inbox",
    sentence: "You can add further numbers that forward to your account, and see which one was called.",
    shownBy: "the page of numbers; calls to each land in one inbox that names the number called",
  },
  {
    id: "ACC-4",
    title: "Pictures",
    sentence: "You choose the pictures that stand for you and for your messages.",
    shownBy: "the picture in webmail and to other accounts of the same domain",
  },
  {
    id: "ACC-5",
    title: "Children",
    sentence:
      "Nobody under 13 gets an account, nobody under 18 without a guardian's part, and a child's account found later is closed and erased.",
    shownBy:
      "a refusal that gives its reason and keeps nothing of the try; a guardian's consent on record before opening",
  },
  {
    id: "ACC-6",
    title: "Named regions",
    sentence: "The service says which regions it serves, and serves the people who live there.",
    shownBy: "the region rule of the configuration; elsewhere a clear refusal",
  },
  {
    id: "ACC-7",
    title: "Signing in",
    sentence: "You sign in and stay signed in, and nothing is read from your browser but what you gave it.",
    shownBy: "password, passkey and one-time code; a list of sessions, each of which can be ended",
  },
  {
    id: "ACC-8",
    title: "Businesses apart from each other",
    sentence:
      "A business has its own domains, people, administrators and quotas, and its administrators see nothing of another business.",
    shownBy:
      "the organisation's console; a look across is refused; a versioned processing agreement that was accepted",
  },
  {
    id: "ACC-9",
    title: "Plans and referrals",
    sentence: "There are free and paid plans whose limits hold, and a friend you bring in counts once.",
    shownBy: "limits of the plan at work; one credit for one referral",
  },
  {
    id: "ACC-10",
    title: "Trials",
    sentence: "A business can try the service; its trial becomes an account or is erased with a receipt.",
    shownBy: "a trial that runs out, one that converts, one that is erased",
  },
  {
    id: "ACC-11",
    title: "Voicemail for carriers",
    sentence:
      "A carrier's customers get voicemail without advertising, and their call data serves nothing else unless they agreed to it through the carrier.",
    shownBy: "the provisioning interface; the gate's refusal of any other use",
  },
  {
    id: "ACC-12",
    title: "Apps and device permissions",
    sentence:
      "The service can be installed on a phone; it asks for a device's permission when it needs it, and takes in the phone's calls and texts only when granted.",
    shownBy: "the installable web app; uploads refused without a grant",
  },
  {
    id: "ACC-13",
    title: "Other programs of your choice",
    sentence:
      "Programs that you connect get what you chose, and each is named in your ledger as a recipient.",
    shownBy: "tokens with a scope, signed web-hooks, ledger entries",
  },
]
