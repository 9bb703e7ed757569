import {
  count,
  domains,
  duration,
  durationUpTo,
  hostName,
  httpsAddress,
  ipAddress,
  ipAddresses,
  type Kind,
  listenAddress,
  namedServer,
  networks,
  oneOf,
  path,
  resolvers,
  size,
  text,
  texts,
  transports,
  yesOrNo,
} from "./kinds.ts"

/**
 * Every setting of `letterkeep.toml`: its kind, its default as one would write it, and what it does. The
 * reader, its types and the handbook's page (docs/configuration.md) come from this one table.
 */
export type TomlValue = string | number | boolean | readonly string[]

export interface Setting<T> {
  readonly kind: Kind<T>
  readonly normally: TomlValue
  readonly about: string
}

const setting = <T>(kind: Kind<T>, normally: TomlValue, about: string): Setting<T> => ({
  kind,
  normally,
  about,
})

export const settings = {
  listen: {
    http: setting(
      listenAddress,
      "127.0.0.1:8080",
      "The web pages, health and metrics. Plain HTTP on loopback only; from another machine come through an SSH tunnel.",
    ),
    smtp: setting(
      listenAddress,
      "127.0.0.1:2525",
      'Mail from other servers. To take mail from outside write "0.0.0.0:2525" (or "[::]:2525") and let port 25 reach it.',
    ),
    submission: setting(
      listenAddress,
      "127.0.0.1:2587",
      "Mail programs that send. Passwords are taken after STARTTLS. Let port 587 reach it.",
    ),
    submissions: setting(
      listenAddress,
      "127.0.0.1:2465",
      "The same with TLS from the start: what mail programs choose first. Let port 465 reach it.",
    ),
    imap: setting(
      listenAddress,
      "127.0.0.1:2143",
      "Mail programs, by IMAP. Passwords are taken after STARTTLS. Let port 143 reach it.",
    ),
    imaps: setting(
      listenAddress,
      "127.0.0.1:2993",
      "The same with TLS from the start: what mail programs choose first. Let port 993 reach it.",
    ),
    pop3: setting(
      listenAddress,
      "127.0.0.1:2110",
      "Programs that only fetch, by POP3; opened with the role imap. Passwords are taken after STLS. Let port 110 reach it, or write false.",
    ),
    pop3s: setting(
      listenAddress,
      "127.0.0.1:2995",
      "The same with TLS from the start. Let port 995 reach it, or write false.",
    ),
  },
  tls: {
    cert: setting(
      path,
      "",
      "The certificate with its chain, PEM. Empty: one is made at the first start, signed by itself.",
    ),
    key: setting(path, "", "The certificate's private key, PEM. Goes together with cert."),
  },
  acme: {
    directory: setting(
      httpsAddress,
      "",
      'Where the authority is whose certificates are fetched and renewed by itself (ACME), such as "https://acme-v02.api.letsencrypt.org/directory". Empty: none is asked.',
    ),
    agree: setting(yesOrNo, false, "Whether you agree to the authority's terms; it issues nothing without."),
    contact: setting(
      text,
      "",
      "A mail address that the authority is given to write to about certificates. It may be empty.",
    ),
    names: setting(
      domains,
      [],
      "The names that the certificate is for; each has to lead to this server. Empty: [smtp] hostname.",
    ),
    challenge: setting(
      oneOf("http-01", "tls-alpn-01", "dns-01"),
      "http-01",
      "How the names are shown to be yours: by port 80, by port 443, or by a record in the DNS.",
    ),
    http: setting(
      listenAddress,
      false,
      'Where the authority\'s look at port 80 is answered, and nothing else: "0.0.0.0:80", or an address that port 80 is forwarded to. False where a web server before [listen] http hands on /.well-known/acme-challenge/.',
    ),
    tls_alpn: setting(
      listenAddress,
      false,
      'Where the authority\'s look at port 443 is answered, for tls-alpn-01: "0.0.0.0:443", or an address that it is forwarded to.',
    ),
    dns_hook: setting(
      path,
      "",
      "A program that publishes records in the DNS, for dns-01: called with add or remove, the record's name and its value; it ends when all name servers have it.",
    ),
    eab_key_id: setting(
      text,
      "",
      "Where the authority serves its customers alone: the name of the key that it gave you.",
    ),
    eab_key: setting(text, "", "That key, in base64url as the authority shows it."),
    roots: setting(
      path,
      "",
      "Certificates (PEM) of authorities whom to believe, besides the machine's own, when asking the directory: for one of your own.",
    ),
  },
  dns: {
    resolver: setting(
      resolvers,
      [],
      "The DNS servers to ask, in order. Empty: those of /etc/resolv.conf. Those named here are trusted to validate DNSSEC.",
    ),
    timeout: setting(
      duration,
      "2s",
      "How long to wait for one answer before the next server is asked. Each server is asked twice.",
    ),
  },
  smtp: {
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
    max_message_size: setting(size, "50MB", "The largest message that is taken."),
    max_recipients: setting(
      count(100, 10_000),
      100,
      "Recipients of one message; RFC 5321 §4.5.3.1.8 asks for at least 100.",
    ),
    max_connections: setting(count(1, 100_000), 2000, "Connections at once, from all sources."),
    max_connections_per_source: setting(
      count(1, 100_000),
      100,
      "Connections at once from one IPv4 address or one IPv6 /64 network.",
    ),
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
    proxy_protocol_from: setting(
      networks,
      [],
      "Proxies whose PROXY protocol v2 header names the true source.",
    ),
    trusted_from: setting(
      networks,
      ["127.0.0.0/8", "::1/128"],
      "Sources that are not limited or slowed. Write [] where a forwarder without the PROXY protocol makes strangers look local.",
    ),
    trusted_arc_sealers: setting(
      domains,
      [],
      "Forwarders whose ARC seals may rescue a message that fails DMARC.",
    ),
  },
  submission: {
    plaintext_on_loopback: setting(
      yesOrNo,
      false,
      "Take passwords without TLS from connections of this machine. For tests, and for a proxy beside it that speaks TLS and names the true source.",
    ),
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
    max_message_size: setting(size, "50MB", "The largest message that is taken."),
    max_recipients: setting(count(100, 1000), 1000, "Recipients of one message."),
    max_connections: setting(count(1, 100_000), 2000, "Connections at once, from all sources."),
    max_connections_per_source: setting(
      count(1, 100_000),
      100,
      "Connections at once from one IPv4 address or one IPv6 /64 network.",
    ),
    max_connections_per_account: setting(
      count(1, 10_000),
      20,
      "Connections at once that are signed in to one account.",
    ),
    proxy_protocol_from: setting(
      networks,
      [],
      "Proxies whose PROXY protocol v2 header names the true source.",
    ),
    trusted_from: setting(
      networks,
      ["127.0.0.0/8", "::1/128"],
      "Sources that are not limited or slowed. Write [] where a forwarder without the PROXY protocol makes strangers look local.",
    ),
  },
  imap: {
    plaintext_on_loopback: setting(
      yesOrNo,
      false,
      "Take passwords without TLS from connections of this machine. For tests, and for a proxy beside it that speaks TLS and names the true source.",
    ),
    max_message_size: setting(
      size,
      "50MB",
      "The largest message that a mail program may put into a mailbox.",
    ),
    max_connections: setting(count(1, 100_000), 4000, "Connections at once, from all sources."),
    max_connections_per_source: setting(
      count(1, 100_000),
      200,
      "Connections at once from one IPv4 address or one IPv6 /64 network. A mail program holds several.",
    ),
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
    proxy_protocol_from: setting(
      networks,
      [],
      "Proxies whose PROXY protocol v2 header names the true source.",
    ),
    trusted_from: setting(
      networks,
      ["127.0.0.0/8", "::1/128"],
      "Sources that are not limited or slowed. Write [] where a forwarder without the PROXY protocol makes strangers look local.",
    ),
  },
  pop3: {
    plaintext_on_loopback: setting(
      yesOrNo,
      false,
      "Take passwords without TLS from connections of this machine. For tests, and for a proxy beside it that speaks TLS and names the true source.",
    ),
    max_connections: setting(count(1, 100_000), 1000, "Connections at once, from all sources."),
    max_connections_per_source: setting(
      count(1, 100_000),
      100,
      "Connections at once from one IPv4 address or one IPv6 /64 network.",
    ),
    proxy_protocol_from: setting(
      networks,
      [],
      "Proxies whose PROXY protocol v2 header names the true source.",
    ),
    trusted_from: setting(
      networks,
      ["127.0.0.0/8", "::1/128"],
      "Sources that are not limited or slowed. Write [] where a forwarder without the PROXY protocol makes strangers look local.",
    ),
  },
  programs: {
    imaps_port: setting(
      count(0, 65_535),
      993,
      "The port by which [listen] imaps is reached from outside: what mail programs that set themselves up are told, and the SRV records of ./letterkeep dns say. 0: they are not told of it. What [listen] closes is not told of either.",
    ),
    imap_port: setting(count(0, 65_535), 143, "The same for imap."),
    pop3s_port: setting(count(0, 65_535), 995, "The same for pop3s."),
    pop3_port: setting(count(0, 65_535), 110, "The same for pop3."),
    submissions_port: setting(count(0, 65_535), 465, "The same for submissions."),
    submission_port: setting(count(0, 65_535), 587, "The same for submission."),
  },
  sending: {
    retry_for: setting(
      duration,
      "5d",
      "How long a message is tried again before it is given up and its writer is told; RFC 5321 §4.5.4.1 asks for four or five days.",
    ),
    connections: setting(count(1, 5000), 100, "Connections to other mail servers at once, from this node."),
    connections_per_destination: setting(
      count(1, 100),
      5,
      "Of these, to the servers of one domain. One that takes fewer gets fewer.",
    ),
    bytes_in_flight: setting(
      size,
      "128MB",
      "Message bytes held in memory at once that are being handed over; a message waits for its turn.",
    ),
    smart_host: setting(
      namedServer,
      "",
      'A server that all mail to others goes through, like "smtp.example.org:587" (465: TLS from the start). It must offer TLS and show a certificate for this name. Empty: mail goes to the servers of its recipients.',
    ),
    smart_host_user: setting(text, "", "The name to sign in with at smart_host. Empty: without."),
    smart_host_password_file: setting(
      path,
      "",
      "A file whose first line is the password for it, read at the start. Goes together with smart_host_user.",
    ),
    transports: setting(
      transports,
      [],
      'Servers for single domains, which go before smart_host and before the domain\'s own records: ["example.org=mail.example.org:25"].',
    ),
    from_ipv4: setting(
      ipAddress(4),
      "",
      "The address of this machine that mail is sent from, over IPv4. Empty: the system chooses.",
    ),
    from_ipv6: setting(ipAddress(6), "", "The same over IPv6."),
    port: setting(
      count(1, 65_535),
      25,
      "The port of the recipients' mail servers. Another than 25 is for tests alone.",
    ),
    addresses: setting(
      ipAddresses,
      [],
      "The public IP addresses that this server's mail comes from, for the advice of ./letterkeep dns. Empty: those that [smtp] hostname leads to.",
    ),
    mta_sts: setting(
      oneOf("none", "testing", "enforce"),
      "testing",
      "What /.well-known/mta-sts.txt tells other servers of TLS to this one: to insist on it (enforce), to try it out and report (testing), or nothing any more (none). Without the records of ./letterkeep dns nobody asks.",
    ),
    tls_reports: setting(
      yesOrNo,
      true,
      "Tell domains that ask for it, once a day and in numbers, how connections to their mail servers went (RFC 8460). As the large mail services do: it is how somebody hears that their certificate has run out, or that somebody stands in between. Only a domain whose DKIM key is in use sends them.",
    ),
  },
  store: {
    low_water: setting(
      size,
      "1GB",
      "Free disk space below which mail is put off (452) until there is room again.",
    ),
    pool: setting(count(2, 500), 10, "Connections to the database."),
    database_url: setting(
      text,
      "",
      "A PostgreSQL database of your own, 16 or newer. Empty: Letterkeep runs its own. The environment's DATABASE_URL goes before this.",
    ),
  },
  keys: {
    file: setting(
      path,
      "",
      "The key file. Empty: keys/<name of the data folder>/keys.json beside the data folder. Without it no mail can be read: keep a copy, away from the data's backups.",
    ),
  },
  log: {
    level: setting(oneOf("debug", "info", "warn", "error"), "info", "The least that is logged."),
  },
  operator: {
    name: setting(text, "", "Who runs this server, for the privacy policy."),
    address: setting(text, "", "The operator's postal address."),
    contact: setting(text, "", "Where to write about privacy: a mail address or a link."),
    regions: setting(texts, [], "The countries where the server and its data stand."),
  },
} as const satisfies { readonly [table: string]: { readonly [key: string]: Setting<unknown> } }

export type Settings = typeof settings
