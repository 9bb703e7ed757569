import type { Reply } from "@letterkeep/smtp"
import type { Outcome, RecipientAnswer, SenderAnswer, ToAnswer } from "../../flow/index.ts"
import type { Verdict } from "./service.ts"

/** What the house decided, in the codes of RFC 5321 §4.2.3 and RFC 3463. They live nowhere else. */
export const senderTaken: Reply = { code: 250, enhanced: "2.1.0", text: "Sender OK" }
export const recipientTaken: Reply = { code: 250, enhanced: "2.1.5", text: "Recipient OK" }
export const messageMayCome: Reply = { code: 250, text: "Go on" }
export const startTls: Reply = { code: 220, enhanced: "2.0.0", text: "Begin TLS" }
export const noRoom: Reply = { code: 452, enhanced: "4.3.1", text: "No room now, try again later" }
export const noTlsNow: Reply = { code: 454, enhanced: "4.7.0", text: "TLS is not available now" } // RFC 3207 §4
const trouble: Reply = { code: 451, enhanced: "4.3.0", text: "Trouble here, try again later" }

export const goodbye = {
  "too-many": { code: 421, enhanced: "4.3.2", text: "Too busy, try again later" },
  "too-many-from-source": { code: 421, enhanced: "4.7.0", text: "Too many connections from your network" },
  "too-fast": { code: 421, enhanced: "4.7.0", text: "Too many new connections from your network" },
  draining: { code: 421, enhanced: "4.3.2", text: "Going down, try again later" },
  "too-slow": { code: 421, enhanced: "4.4.2", text: "Too slow, closing" },
  failed: { code: 421, enhanced: "4.3.0", text: "Trouble here, closing" },
  // RFC 5321 §4.3.1: a client waits for the greeting.
  "early-talker": { code: 554, enhanced: "5.5.1", text: "You spoke before the greeting" },
  // RFC 2920 §3.1: after DATA a client waits; what came is text of a message that was not let in.
  "lost-framing": { code: 421, enhanced: "4.5.0", text: "You did not wait for the reply to DATA, closing" },
} as const satisfies Record<string, Reply>

/** RFC 4954 §6. */
export const signInReplies = {
  "signed-in": { code: 235, enhanced: "2.7.0", text: "You are signed in" },
  refused: { code: 535, enhanced: "5.7.8", text: "The address or the password is wrong" },
  malformed: { code: 501, enhanced: "5.5.2", text: "That is no message of this mechanism" },
  "no-such-mechanism": {
    code: 504,
    enhanced: "5.5.4",
    text: "There is no such mechanism here; EHLO lists them",
  },
  "tls-first": {
    code: 538,
    enhanced: "5.7.11",
    text: "Sign-in is over TLS alone: give STARTTLS first, or connect to the port that begins with TLS",
  },
} as const satisfies Record<string, Reply>

export function tooManyAttempts(seconds: number): Reply {
  return { code: 454, enhanced: "4.7.0", text: `Too many attempts, wait ${seconds} seconds` }
}

export function tooManyOfAccount(connections: number): Reply {
  const text = `The account has ${connections} connections open to send; close a mail program`
  return { code: 454, enhanced: "4.7.0", text }
}

const leadsNowhere: Reply = { code: 421, enhanced: "4.7.0", text: "This leads nowhere, closing" }
export const wrongSignIns = { reply: leadsNowhere, why: "wrong-sign-ins" } as const
export const signedOut: Verdict = {
  reply: { code: 530, enhanced: "5.7.0", text: "You have been signed out: the credentials have changed" },
  farewell: { reply: { code: 421, enhanced: "4.7.0", text: "Sign in again, closing" } },
}

const unknown: Reply = { code: 550, enhanced: "5.1.1", text: "No such mailbox here" }
const noRelay: Reply = { code: 550, enhanced: "5.7.1", text: "This server does not relay" }
const mailboxFull: Reply = { code: 452, enhanced: "4.2.2", text: "The mailbox is full, try again later" }
const busy: Reply = { code: 451, enhanced: "4.3.2", text: "Busy, try again later" }
const noDns: Reply = { code: 451, enhanced: "4.4.3", text: "The DNS does not answer, try again later" }

export function replyToRecipient(answer: RecipientAnswer): Reply {
  switch (answer.kind) {
    case "local":
      return recipientTaken
    case "unknown":
      return unknown
    case "not-ours":
      return noRelay
    case "over-quota":
      return mailboxFull
    case "busy":
      return busy
  }
}

/** RFC 6409 §6.1 leaves to a site what its people may send; the text says what they can do about it. */
export function replyToOwnSender(answer: SenderAnswer): Reply {
  switch (answer.kind) {
    case "yours":
      return senderTaken
    case "not-yours":
      return { code: 553, enhanced: "5.7.1", text: "This is not one of your addresses" }
    case "over-limit":
      return overLimit(451, answer.seconds)
    case "busy":
      return busy
  }
}

export function replyToTo(answer: ToAnswer): Reply {
  switch (answer.kind) {
    case "taken":
      return recipientTaken
    case "unknown":
      return unknown
    case "no-domain":
      return { code: 550, enhanced: "5.1.2", text: "No mail can go to such an address" }
    case "over-quota":
      return mailboxFull
    case "over-limit":
      return overLimit(450, answer.seconds)
    case "busy":
      return busy
  }
}

/** RFC 5321 §4.3.2: of these two RCPT may say 450, which stands for a policy, and MAIL may not. */
function overLimit(code: 450 | 451, seconds: number): Reply {
  return {
    code,
    enhanced: "4.7.0",
    text: `You have sent what you may for now; try again in ${inWords(seconds)}`,
  }
}

/** Rounded up: who comes then is let in. */
function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.max(1, Math.ceil(seconds))} seconds`
  if (seconds < 7_200) return `${Math.ceil(seconds / 60)} minutes`
  return `${Math.ceil(seconds / 3_600)} hours`
}

export function replyToOutcome(outcome: Outcome): Reply {
  switch (outcome.kind) {
    case "kept":
      return { code: 250, enhanced: "2.0.0", text: `Kept as ${outcome.id}` }
    case "refused":
      return { ...refusals[outcome.code], text: outcome.text }
    case "later":
      return delays[outcome.why]
  }
}

const refusals = {
  policy: { code: 550, enhanced: "5.7.1" },
  loop: { code: 554, enhanced: "5.4.6" },
  content: { code: 554, enhanced: "5.6.0" },
  "too-large": { code: 552, enhanced: "5.3.4" },
} as const

const delays: { readonly [why in Extract<Outcome, { kind: "later" }>["why"]]: Reply } = {
  store: trouble,
  room: noRoom,
  dns: noDns,
  busy,
}
