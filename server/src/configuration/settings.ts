import {
  count,
  domains,
  duration,
  httpsAddress,
  ipAddress,
  ipAddresses,
  listenAddress,
  namedServer,
  oneOf,
  path,
  resolvers,
  size,
  text,
  texts,
  transports,
  yesOrNo,
} from "./kinds.ts"
import { imap, pop3, smtp, submission } from "./mail-door-settings.ts"
import { type Setting, setting } from "./setting.ts"

/**
 * Every setting of `letterkeep.toml`: its kind, its default as one would write it, and what it does. The
 * reader, its types and the handbook's page (docs/configuration.md) come from this one table.
 */
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
  smtp,
  submission,
  imap,
  pop3,
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
    smart_host_binding: setting(
      yesOrNo,
      true,
      "Whether the sign-in by SCRAM is bound to the connection where smart_host offers that. False is only for one that knows no binding that this server has, and therefore refuses the right password.",
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
