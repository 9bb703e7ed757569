/**
 * What enhanced status codes mean to somebody who has only written a letter: subject and detail to a clause that can
 * follow "says that", and to what the person can do. RFC 3463 §3 and what its registry (RFC 5248) has grown since.
 */
export interface Words {
  readonly meaning: string
  readonly advice: string
}

const askAnotherWay = "Ask the person in another way, for instance by phone, which address is right."
const sendLater = "Send the message again later, or tell the person in another way."
const tellOperator = "Pass this message on to whoever runs your mail server: it is not your mistake."
const tellThem = "If it matters, tell the person in another way, and ask that their operator look into it."
const smaller = "Send it again with smaller attachments, or put these where the person can fetch them."

const spelling =
  "Check the spelling of the part before the @. If it is right, the person may have a new address."
const behindAt = "Check the spelling of the part behind the @."
const unsure = "it does not believe that the message comes from your domain"

const table: Readonly<Record<string, readonly [meaning: string, advice: string]>> = {
  "1.0": ["something is wrong with the address", askAnotherWay],
  "1.1": ["this address does not exist", spelling],
  "1.2": ["there is no mail server for the part behind the @", behindAt],
  "1.3": [
    "the address is not written as addresses are",
    "Check it for spaces, commas or quotes that do not belong.",
  ],
  "1.4": ["the address fits more than one person", askAnotherWay],
  "1.6": ["the person has moved away and left no new address", askAnotherWay],
  "1.7": ["your own address is not written as it takes them", tellOperator],
  "1.8": ["it cannot find the domain of your own address", tellOperator],
  "1.9": ["the message went on to a server that sends no reports", "There is nothing to do."],
  "1.10": ["this domain takes no mail at all", "Use another address of this person."],
  "2.0": ["something is wrong with this mailbox", sendLater],
  "2.1": ["this mailbox is switched off and takes no mail", askAnotherWay],
  "2.2": [
    "the mailbox is full",
    "Tell the person in another way, and send the message again when there is room.",
  ],
  "2.3": ["the message is larger than this mailbox takes", smaller],
  "2.4": ["the members of this mailing list cannot be found out", "Tell whoever runs the list."],
  "3.0": ["something is wrong with the server", sendLater],
  "3.1": ["the server has no room left", sendLater],
  "3.2": ["the server takes no mail now", sendLater],
  "3.3": ["the server cannot do what this message needs", tellThem],
  "3.4": ["the message is larger than the server takes", smaller],
  "3.5": ["the server is not set up rightly", tellThem],
  "4.0": ["something is wrong with the network", sendLater],
  "4.1": ["no server answers there", `${behindAt} If it is right, their server is down: send again later.`],
  "4.2": ["the connection broke off again and again", sendLater],
  "4.3": [
    "it could not be found out where mail for this domain goes",
    `${behindAt} If it is right, send again later.`,
  ],
  "4.4": ["there is no way to a server for this address", behindAt],
  "4.5": ["the server has too much to do", sendLater],
  "4.6": [
    "the message went round in a circle",
    "The person, or their operator, has to look at their forwarding.",
  ],
  "4.7": ["the message could not be handed over in the time that it had", sendLater],
  "5.0": ["the two servers did not understand each other", tellOperator],
  "5.1": ["the two servers did not understand each other", tellOperator],
  "5.2": ["the two servers did not understand each other", tellOperator],
  "5.3": ["the message has too many recipients", "Send it to fewer people at a time."],
  "5.4": ["the two servers did not understand each other", tellOperator],
  "5.5": ["the two servers do not speak the same version", tellOperator],
  "5.6": ["a sign-in between servers was too long", tellOperator],
  "6.0": [
    "something is wrong with what the message holds",
    "Send it again as plain text without attachments.",
  ],
  "6.1": ["it does not take this kind of content", "Send the attachment in another form."],
  "6.2": ["the message would have to be changed and may not be", "Send it again as plain text."],
  "6.3": ["the message would have to be changed, which it cannot do", "Send it again as plain text."],
  "6.4": ["the message was changed on its way and lost something", "Ask whether it can be read."],
  "6.5": ["changing the message failed", "Send it again as plain text."],
  "6.6": [
    "a part of the message could not be fetched",
    "Attach it in place of a link, and send the message again.",
  ],
  "6.7": [
    "it takes no addresses with letters beyond a to z",
    "Use an address in plain letters, yours and theirs.",
  ],
  "6.8": ["it cannot answer in letters beyond a to z", "Use an address in plain letters, yours and theirs."],
  "6.9": [
    "it takes no addresses or headings with letters beyond a to z",
    "Use plain letters in address and subject.",
  ],
  "6.10": [
    "it takes no addresses or headings with letters beyond a to z",
    "Use plain letters in address and subject.",
  ],
  "7.0": [
    "its rules do not let this message in",
    "If it only was a link or an attachment, send it again without.",
  ],
  "7.1": ["it does not take this message from you", askAnotherWay],
  "7.2": ["you may not write to this mailing list", "Ask whoever runs the list."],
  "7.3": ["its rules do not let this message be changed as it would have to be", tellThem],
  "7.4": ["it cannot keep the secrecy that this message asks for", tellThem],
  "7.5": ["it could not check or decrypt what it had to", tellThem],
  "7.6": ["it does not know the way in which this message is encrypted", tellThem],
  "7.7": ["the message was changed on its way", "Send it again."],
  "7.8": ["our sign-in there is not right", tellOperator],
  "7.9": ["our way of signing in is too weak there", tellOperator],
  "7.10": ["it wants an encrypted connection", tellOperator],
  "7.11": ["it wants an encrypted connection for our sign-in", tellOperator],
  "7.12": ["our sign-in there has to be renewed", tellOperator],
  "7.13": ["the account there is switched off", askAnotherWay],
  "7.14": ["it has no trust in who passed the message on", tellOperator],
  "7.15": ["the message is not urgent enough for it now", sendLater],
  "7.16": ["the message is too large for its urgency", smaller],
  "7.17": ["the mailbox belongs to somebody else now", askAnotherWay],
  "7.18": ["the domain belongs to somebody else now", askAnotherWay],
  "7.19": ["it could not find out whether the mailbox still belongs to the same person", sendLater],
  "7.20": [`${unsure}: no signature of it was good`, tellOperator],
  "7.21": [`${unsure}: no signature of it was one that it takes`, tellOperator],
  "7.22": [`${unsure}: no signature was of that domain`, tellOperator],
  "7.23": [`${unsure}: its list of servers does not name the one that sent it (SPF)`, tellOperator],
  "7.24": [`${unsure}: its list of servers could not be read (SPF)`, tellOperator],
  "7.25": ["the address of our server has no name", tellOperator],
  "7.26": [unsure, tellOperator],
  "7.27": ["your own address takes no answers", tellOperator],
  "7.28": ["it got more mail from you, or from our server, than it takes at a time", sendLater],
  "7.29": ["it has no trust in who passed the message on", tellOperator],
  "7.30": ["it cannot promise the encryption on the whole way that you asked for", tellThem],
}

/** By the subject alone, for details that nobody has registered. */
const bySubject: Readonly<Record<string, readonly [meaning: string, advice: string]>> = {
  "7": ["its rules do not let this message in", tellThem],
}

const unknown: readonly [string, string] = ["it does not take this message", tellThem]

/** `status`: as "5.1.1"; its class makes no difference here. */
export function wordsFor(status: string): Words {
  const [, subject = "0", detail = "0"] = status.split(".")
  const found =
    table[`${subject}.${detail}`] ??
    bySubject[subject] ??
    // RFC 3463 §3: detail 0 speaks for its subject.
    table[`${subject}.0`] ??
    unknown
  return { meaning: found[0], advice: found[1] }
}
