/** The settings of the doors for mail: `[smtp]`, `[submission]`, `[imap]`, `[pop3]`. */
import { count, domains, duration, durationUpTo, hostName, networks, size, yesOrNo } from "./kinds.ts"
import { setting } from "./setting.ts"

/** The most connections, of all and of one source. */
const connections = (ofAll: number, ofOneSource: number, more = "") => ({
  max_connections: setting(count(1, 100_000), ofAll, "Connections at once, from all sources."),
  max_connections_per_source: setting(
    count(1, 100_000),
    ofOneSource,
    `Connections at once from one IPv4 address or one IPv6 /64 network.${more}`,
  ),
})

const sources = {
  proxy_protocol_from: setting(networks, [], "Proxies whose PROXY protocol v2 header names the true source."),
  trusted_from: setting(
    networks,
    ["127.0.0.0/8", "::1/128"],
    "Sources that are not limited or slowed. Write [] where a forwarder without the PROXY protocol makes strangers look local.",
  ),
} as const

const plaintext = {
  plaintext_on_loopback: setting(
    yesOrNo,
    false,
    "Take passwords without TLS from connections of this machine. For tests, and for a proxy beside it that speaks TLS and names the true source.",
  ),
} as const

const largestMessage = {
  max_message_size: setting(size, "50MB", "The largest message that is taken."),
} as const

export const smtp = {
  hostname: setting(
    hostName,
    "",
    "This server's name in the greeting and in Received fields. Empty: the machine's own name.",
  ),
  authentication: setting(
    yesOrNo,
    true,
    "Check SPF, DKIM, DMARC and ARC of what comes in. With false, mail is kept unchecked.",
  ),
  dmarc_reports: setting(
    yesOrNo,
    true,
    "Tell domains whose DMARC record asks for it, once a day and in numbers, which machines sent mail here in their name. As the large mail services do: it is how somebody hears that their name is forged, or that mail of theirs is not vouched for. Only a domain whose DKIM key is in use sends them. Nothing is counted where authentication is false.",
  ),
  ...largestMessage,
  max_recipients: setting(
    count(100, 10_000),
    100,
    "Recipients of one message; RFC 5321 §4.5.3.1.8 asks for at least 100.",
  ),
  ...connections(2000, 100),
  bytes_in_flight: setting(
    size,
    "128MB",
    "Message bytes held in memory at once, of all connections; a message that would exceed them is put off (452). While it is joined, a message counts twice in real memory.",
  ),
  command_timeout: setting(
    duration,
    "5m",
    "How long a client may take for its next command; RFC 5321 §4.5.3.2.7 asks for at least 5 minutes. Between two parts of a message it has 3 minutes.",
  ),
  ...sources,
  trusted_arc_sealers: setting(
    domains,
    [],
    "Forwarders whose ARC seals may rescue a message that fails DMARC.",
  ),
} as const

export const submission = {
  ...plaintext,
  recipients_per_day: setting(
    count(1, 10_000_000),
    1000,
    "How many recipients one person may write to in a day (UTC), all messages together: a stolen password sends no more.",
  ),
  undo: setting(
    duration,
    "0s",
    "How long a message waits before it is first tried, so that its writer can take it back. Those who have their mailbox here have it at once.",
  ),
  send_later: setting(
    durationUpTo(366),
    "30d",
    "How far ahead a mail program may ask for a time to send (FUTURERELEASE); 366 days at most. Until then nobody gets the message, and its writer can take it back. 0s: no program is offered it.",
  ),
  tagged_return_paths: setting(
    yesOrNo,
    true,
    "Send what people write with a tag of its own in each return path, so that what another server reports of it later is understood. A smart host that is signed in to gets none.",
  ),
  ...largestMessage,
  max_recipients: setting(count(100, 1000), 1000, "Recipients of one message."),
  ...connections(2000, 100),
  max_connections_per_account: setting(
    count(1, 10_000),
    20,
    "Connections at once that are signed in to one account.",
  ),
  ...sources,
} as const

export const imap = {
  ...plaintext,
  max_message_size: setting(size, "50MB", "The largest message that a mail program may put into a mailbox."),
  ...connections(4000, 200, " A mail program holds several."),
  max_connections_per_account: setting(
    count(1, 10_000),
    50,
    "Connections at once of one account, on each node.",
  ),
  bytes_in_flight: setting(
    size,
    "128MB",
    "Message bytes held in memory at once that mail programs put into mailboxes; one that would exceed them is put off.",
  ),
  idle_timeout: setting(
    duration,
    "30m",
    "How long a mail program may say nothing; RFC 9051 §5.4 asks for at least 30 minutes.",
  ),
  ...sources,
} as const

export const pop3 = {
  ...plaintext,
  ...connections(1000, 100),
  ...sources,
} as const
