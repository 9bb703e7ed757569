import type { Failure, Network, Own, Ref } from "./log-fields.ts"

/**
 * Every event that the log can hold: name, level, fields. One line each; the names are in the past tense.
 * The kinds of field are those of `log-fields.ts`; `network` fits only into events of level `abuse`.
 * Nothing here can hold a body, an address, a name or a secret: there is no kind for it.
 */
export type Level = "debug" | "info" | "warn" | "error" | "abuse"
export type FieldKind = "number" | "boolean" | "ref" | "own" | "failure" | "network" | readonly string[]

interface EventShape<L extends Level> {
  readonly level: L
  readonly fields: { readonly [name: string]: L extends "abuse" ? FieldKind : Exclude<FieldKind, "network"> }
}

const event = <L extends Level, const F extends EventShape<L>["fields"]>(level: L, fields: F) => ({
  level,
  fields,
})

const smtpDoors = ["smtp", "submission"] as const

export const logEvents = {
  // the program
  "server.starting": event("info", { version: "own", node: "own", pid: "number" }),
  "server.ready": event("info", { ms: "number" }),
  "server.draining": event("info", { signal: ["SIGTERM", "SIGINT", "control"] }),
  "server.stopped": event("info", { ms: "number" }),
  "door.listening": event("info", { door: "own", address: "own" }),
  "door.failed": event("error", { door: "own", error: "failure" }),
  "task.failed": event("error", { task: "own", error: "failure" }),

  "tls.certificate-loaded": event("info", { selfSigned: "boolean" }),
  "tls.certificate-failed": event("error", { error: "failure" }),

  "certificates.ordering": event("info", {
    names: "number",
    challenge: ["http-01", "tls-alpn-01", "dns-01"],
  }),
  "certificates.issued": event("info", { days: "number", ms: "number" }),
  "certificates.failed": event("error", {
    why: [
      "unreachable",
      "malformed",
      "refused",
      "not-proven",
      "not-offered",
      "terms",
      "needs-external-account",
      "account-gone",
      "too-slow",
      "unfit",
      "dns-hook",
      "held-back",
      "other",
    ],
    failures: "number",
    minutes: "number",
  }),
  "certificates.broke": event("error", { error: "failure" }),
  "certificates.not-tidied": event("warn", { error: "failure" }),

  "policy.results-unreadable": event("warn", {}),

  // store
  "store.starting": event("info", { kind: ["own", "given"] }),
  "store.ready": event("info", { ms: "number", version: "number" }),
  "store.works-as-owner": event("warn", {}),
  "store.recovered": event("warn", { oldPid: "number" }),
  "store.tag-altered": event("error", { column: "own" }),
  "store.migrated": event("info", { migration: "own", ms: "number" }),
  "store.exited": event("error", { code: "number", signal: "own" }),
  "store.restarted": event("info", { pid: "number" }),
  "store.start-failed": event("error", { error: "failure" }),
  "store.placed-elsewhere": event("info", { folder: "own" }),
  "store.user-chosen": event("info", { user: "own", copied: "boolean" }),
  "store.room-low": event("warn", { freeBytes: "number", lowWaterBytes: "number" }),
  "store.room-enough": event("info", { freeBytes: "number" }),
  "store.listen-lost": event("warn", { error: "failure" }),
  "store.listen-back": event("info", { ms: "number" }),

  // vaults and people
  "vaults.key-file-made": event("info", { path: "own" }),
  "vaults.epoch-turned": event("info", { epoch: "number", wraps: "number" }),
  "vaults.epoch-ended": event("info", { epoch: "number" }),
  "vaults.epoch-kept": event("error", { epoch: "number" }),
  "vaults.key-file-unfit": event("error", { epoch: "number", why: ["missing", "different"] }),
  "vaults.wraps-stuck": event("error", { wraps: "number" }),
  "ledger.count-not-ours": event("error", { account: "number" }),
  "ledger.event-lost": event("error", { events: "number" }),
  "ledger.event-not-ours": event("error", { events: "number" }),
  "ledger.events-unwatched": event("warn", { events: "number" }),
  "ledger.numbering-failed": event("error", { error: "failure" }),
  "staff.agreed": event("info", { number: "number" }),
  "staff.begun-anew": event("warn", { number: "number" }),
  "staff.ended": event("warn", { number: "number" }),
  "staff.person-not-told": event("error", { account: "number", error: "failure" }),
  "people.address-not-ours": event("error", { account: "number" }),
  "people.rule-not-ours": event("error", { account: "number", rules: "number" }),
  "people.filter-not-ours": event("error", { account: "number" }),
  "people.signed-in": event("debug", {
    account: "number",
    protocol: ["web", "control", "imap", "pop3", "submission"],
  }),
  "people.sign-in-refused": event("abuse", {
    source: "network",
    protocol: ["web", "control", "imap", "pop3", "submission"],
  }),
  "people.sign-in-slowed": event("abuse", { source: "network", seconds: "number" }),

  // sending: handing over
  "sending.not-prepared": event("error", { mail: "ref", error: "failure" }),
  "sending.tried": event("info", {
    mail: "ref",
    account: "number",
    handedOver: "number",
    again: "number",
    givenUp: "number",
  }),
  "sending.kept-here": event("info", { mail: "ref", account: "number", recipients: "number" }),
  "sending.lease-lost": event("warn", { mail: "ref" }),

  // sending: reports about TLS
  "sending.tls-reports": event("info", { sent: "number", notWanted: "number", notNow: "number" }),
  "sending.tls-sessions-left-out": event("warn", { sessions: "number" }),

  // reports about TLS that come
  "tls.report-read": event("info", { failures: "number" }),
  "tls.report-unread": event("info", {
    why: ["too-many", "too-large", "damaged", "no-report", "not-of-these-days", "known", "not-ours"],
  }),
  "tls.report-failed": event("error", { error: "failure" }),

  // sending: keys and signatures
  "sending.dkim-key-not-ours": event("error", { keys: "number" }),
  "sending.dkim-key-turned": event("info", {
    selector: "own",
    state: ["coming", "active", "retiring", "revoked"],
  }),
  "sending.left-unsigned": event("warn", { why: ["not-one-from", "too-many-fields"] }),

  // mail in
  "smtp.connected": event("debug", { door: smtpDoors, connection: "number", tls: "boolean" }),
  "smtp.closed": event("debug", {
    door: smtpDoors,
    connection: "number",
    ms: "number",
    bytes: "number",
    messages: "number",
  }),
  "smtp.refused-connection": event("abuse", {
    door: smtpDoors,
    source: "network",
    why: ["too-many", "too-many-from-source", "too-fast", "draining"],
  }),
  "smtp.abused": event("abuse", {
    door: smtpDoors,
    connection: "number",
    source: "network",
    why: [
      "errors",
      "unknown-recipients",
      "smuggling",
      "early-talker",
      "too-slow",
      "line-too-long",
      "too-many-commands",
      "too-many-octets",
      "wrong-sign-ins",
    ],
  }),
  "smtp.failed": event("error", { door: smtpDoors, connection: "number", error: "failure" }),
  "smtp.tls-failed": event("info", { door: smtpDoors, connection: "number", error: "failure" }),
  "smtp.too-many-of-account": event("info", { account: "number" }),
  "submit.answered": event("info", {
    message: "ref",
    account: "number",
    outcome: ["kept", "refused", "later"],
  }),
  "submit.failed": event("error", { message: "ref", error: "failure" }),
  "receive.kept": event("info", {
    message: "ref",
    recipients: "number",
    bytes: "number",
    junk: "number",
    screenMs: "number",
    commitMs: "number",
  }),
  "receive.refused": event("info", {
    message: "ref",
    why: ["policy", "loop", "content", "too-large"],
  }),
  "filter.ran": event("info", {
    message: "ref",
    account: "number",
    emails: "number",
    queued: "number",
    refused: "boolean",
    faults: "number",
  }),
  "filter.failed": event("error", { message: "ref", account: "number", error: "failure" }),
  "filter.stopped": event("warn", { account: "number", overruns: "number" }),
  "receive.reported": event("info", { message: "ref", mail: "ref", events: "number" }),
  "receive.turned-back": event("info", { message: "ref", bytes: "number" }),
  "receive.put-off": event("warn", { message: "ref", why: ["store", "room", "dns", "busy"] }),
  "receive.failed": event("error", { message: "ref", error: "failure" }),

  // what others report of mail in the name of our domains
  "dmarc.report-read": event("info", { sources: "number" }),
  "dmarc.report-unread": event("info", {
    why: [
      "too-large",
      "damaged",
      "no-report",
      "not-of-these-days",
      "gave-up",
      "too-many",
      "known",
      "not-ours",
    ],
  }),
  "dmarc.reports-sent": event("info", { sent: "number", notWanted: "number", notNow: "number" }),
  "dmarc.report-failed": event("error", { error: "failure" }),

  // mail on its way out
  "queue.mail-not-opened": event("error", {
    account: "number",
    mail: "number",
    why: ["damaged", "key-missing"],
  }),

  // mail programs
  "imap.connected": event("debug", { connection: "number", tls: "boolean" }),
  "imap.closed": event("debug", { connection: "number", ms: "number", commands: "number" }),
  "imap.refused-connection": event("abuse", {
    source: "network",
    why: ["too-many", "too-many-from-source", "too-fast", "draining"],
  }),
  "imap.abused": event("abuse", {
    connection: "number",
    source: "network",
    why: ["errors", "wrong-sign-ins", "too-slow", "too-many-commands", "lost-framing", "reads-nothing"],
  }),
  "imap.too-many-of-account": event("info", { account: "number" }),
  "imap.command-failed": event("error", { connection: "number", error: "failure" }),
  "imap.failed": event("error", { connection: "number", error: "failure" }),
  "imap.tls-failed": event("info", { connection: "number", error: "failure" }),
  "imap.compression-failed": event("info", { connection: "number", error: "failure" }),

  "pop3.connected": event("debug", { connection: "number", tls: "boolean" }),
  "pop3.closed": event("debug", { connection: "number", ms: "number", retrieved: "number" }),
  "pop3.delete-failed": event("error", { account: "number", error: "failure" }),
  "pop3.refused-connection": event("abuse", {
    source: "network",
    why: ["too-many", "too-many-from-source", "too-fast", "draining"],
  }),
  "pop3.abused": event("abuse", {
    connection: "number",
    source: "network",
    why: ["errors", "wrong-sign-ins", "too-slow", "too-many-commands", "line-too-long", "reads-nothing"],
  }),
  "pop3.lease-lost": event("info", { account: "number" }),
  "pop3.failed": event("error", { connection: "number", error: "failure" }),
  "pop3.tls-failed": event("info", { connection: "number", error: "failure" }),

  // the sealed index
  "index.merged": event("debug", { messages: "number", ms: "number" }),
  "index.damaged": event("warn", { segments: "number", messages: "number" }),
  "index.rebuilt": event("info", { messages: "number", lost: "number" }),
  "index.failed": event("error", { error: "failure" }),

  // network and privacy
  "dns.server-unwell": event("warn", {
    server: "own",
    why: ["timeout", "servfail", "refused", "malformed", "unreachable"],
  }),
  "dns.answer-suspect": event("warn", {
    server: "own",
    why: ["wrong-id", "wrong-question", "wrong-source", "unreadable"],
  }),
  "choices.broken": event("error", { account: "number" }),
  "choices.unread": event("error", { account: "number", error: "failure" }),
  "gate.refused": event("warn", {
    purpose: "own",
    why: ["expired", "ended", "unknown-purpose", "wrong-recipient", "not-agreed", "not-written", "spent"],
  }),

  "recipients.stopped": event("error", {
    recipient: "own",
    purpose: "own",
    why: ["never-agreed", "broken", "ended", "expired", "undeclared-country", "not-for-this", "not-written"],
  }),
  "recipients.agreed": event("info", { recipient: "own", agreement: "number" }),
  "recipients.ended": event("warn", { recipient: "own", agreement: "number" }),
  "recipients.broken": event("error", { why: "own" }),
  "recipients.begun-anew": event("warn", {}),
  "recipients.unread": event("error", { error: "failure" }),

  // the web
  "http.failed": event("error", { error: "failure" }),
  "http.refused-host": event("abuse", { source: "network" }),
} as const satisfies { readonly [name: string]: EventShape<Level> }

export type EventName = keyof typeof logEvents

type ValueOf<K> = K extends "number"
  ? number
  : K extends "boolean"
    ? boolean
    : K extends "ref"
      ? Ref
      : K extends "own"
        ? Own
        : K extends "failure"
          ? Failure
          : K extends "network"
            ? Network
            : K extends readonly (infer Word)[]
              ? Word
              : never

export type FieldsOf<N extends EventName> = {
  readonly [F in keyof (typeof logEvents)[N]["fields"]]: ValueOf<(typeof logEvents)[N]["fields"][F]>
}
