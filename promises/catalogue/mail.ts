import type { Promised } from "./promise.ts"

/** Mail and webmail. */
export const mail: readonly Promised[] = [
  {
    id: "MAIL-1",
    title: "Mail comes in and stays",
    sentence:
      "Mail for your address is taken in, its sender is checked, and the server says that it has the mail only once it cannot be lost.",
    shownBy: "other mail servers deliver; killed at any moment, the server has lost nothing that it took",
  },
  {
    id: "MAIL-2",
    title: "Mail goes out",
    sentence:
      "Mail that you send is signed, tried again while there is hope, reported to you when there is none, and sent over connections as safe as the other side's policy asks.",
    shownBy: "the queue's page; a signature that an independent program accepts; a report of failure",
  },
  {
    id: "MAIL-3",
    title: "Any mail program",
    sentence: "You can read your mail with the mail program you like, over IMAP, POP3 or JMAP.",
    shownBy: "common mail programs at work on an account",
    missing: "JMAP",
  },
  {
    id: "MAIL-4",
    title: "Webmail",
    sentence:
      "In a browser of any size you read, search, write and sort your mail, with contacts, signatures and an answer for when you are away.",
    shownBy: "a real browser doing all of it",
  },
  {
    id: "MAIL-5",
    title: "Runs where you want it",
    sentence: "One command runs the service on your own machine.",
    shownBy: "the README's command on each system that can be had",
  },
  {
    id: "MAIL-6",
    title: "Spam and danger kept away, with reasons",
    sentence:
      "Unwanted and dangerous mail is put aside, the service learns from you, and it tells why a mail was put where it is.",
    shownBy: "a header and a page that give the reason; figures from public collections of mail",
  },
  {
    id: "MAIL-7",
    title: "A business set up in minutes",
    sentence:
      "A business adds its domain, learns which DNS records are right or wrong and why, and brings its old mail along.",
    shownBy: "the quick start; the checking page; imports by IMAP, mbox and Maildir",
  },
  {
    id: "MAIL-8",
    title: "Sealed at rest",
    sentence: "What lies on the server's disk cannot be read: only your own sign-in opens your mail.",
    shownBy: "a search of the disk and the database for the words of a mail finds none of them",
  },
  {
    id: "MAIL-9",
    title: "No spying pictures",
    sentence: "Pictures and beacons that others put into mail are not fetched until you want them.",
    shownBy: "remote content off at first; known trackers named; no request leaves the browser",
  },
  {
    id: "MAIL-10",
    title: "Tools for administrators",
    sentence:
      "Administrators manage aliases, groups, shared mailboxes, catch-all addresses, forwarding and limits.",
    shownBy: "console and programming interface",
  },
]
