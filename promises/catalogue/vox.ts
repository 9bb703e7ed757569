import type { Promised } from "./promise.ts"

/** Calls and voicemail. */
export const vox: readonly Promised[] = [
  {
    id: "VOX-1",
    title: "Voicemail",
    sentence:
      "A call you do not take is answered with your greeting and recorded in place of the carrier's voicemail.",
    shownBy: "a call from a real phone or trunk; its recording in the inbox within seconds",
  },
  {
    id: "VOX-2",
    title: "Voicemail you can see",
    sentence:
      "You see your voicemails in a list and play, save, delete and answer them in the browser or in a mail program.",
    shownBy: "browser, and the same recording as a mail with audio",
  },
  {
    id: "VOX-3",
    title: "Voicemail as text",
    sentence:
      "You can read what a caller said, and search it; the operator's own machine does the writing down unless told otherwise.",
    shownBy: "transcript beside the audio, found by search",
  },
  {
    id: "VOX-4",
    title: "Blocking calls",
    sentence: "You decide which callers are blocked, and what each kind of caller gets to hear.",
    shownBy: "the page of rules; what a real caller is answered",
  },
  {
    id: "VOX-5",
    title: "Greetings",
    sentence:
      "Callers hear the greeting that you chose for them, for their group, or for the hour; others hear yours only if you publish it.",
    shownBy: "upload, recording and synthesis of greetings; a library of those shared by choice",
  },
  {
    id: "VOX-6",
    title: "Auto attendant",
    sentence: "Callers of a business reach people and announcements through menus that the business makes.",
    shownBy: "the menu editor; a caller's keys lead where the menu says",
  },
  {
    id: "VOX-7",
    title: "Virtual numbers",
    sentence:
      "You can have further numbers to call and text from, and learn before the first call whether emergency numbers work.",
    shownBy:
      "the pool of numbers; calls and texts that show them; emergency calls refused with a clear message unless a route is set",
  },
  {
    id: "VOX-8",
    title: "Forwarding a voicemail",
    sentence:
      "You can forward a voicemail to anybody, once or by rule, and are told that handing it on is then your act.",
    shownBy: "each forward in the ledger as the person's own",
  },
  {
    id: "VOX-9",
    title: "Sharing by link",
    sentence: "A voicemail shared by link can be taken back, can run out, and opens nothing else of yours.",
    shownBy: "links revoked, expired and counted; no way from a link to the account",
  },
  {
    id: "VOX-10",
    title: "Record of calls",
    sentence: "You have the record of each call: who, which numbers, when, how it ended, and what was said.",
    shownBy: "the call log and its export",
  },
  {
    id: "VOX-11",
    title: "Switching a phone over",
    sentence: "You are told how to point your phone's forwarding here, and whether it works.",
    shownBy: "codes by carrier; a test call",
  },
  {
    id: "VOX-12",
    title: "Verified callers",
    sentence: "Where a caller's identity is signed it is verified, and you see the result.",
    shownBy: "a signed call shown as verified, a forged one as failed",
  },
]
