import { createHash } from "node:crypto"
import { firstOf, type MailPrograms } from "./mail-programs.ts"
import { element } from "./xml.ts"

/**
 * The form of iPhones, iPads and Macs: a configuration profile with one mail account (payload
 * "com.apple.mail.managed"), that the person installs. It is not signed: the device says so. A second one for the same
 * address takes the place of the first. Undefined where mail cannot be both read and sent.
 */
export function appleProfile(
  programs: Pick<MailPrograms, "hostname" | "servers">,
  address: string,
): string | undefined {
  const { hostname } = programs
  const imap = firstOf(programs, "imap")
  const incoming = imap ?? firstOf(programs, "pop3")
  const outgoing = firstOf(programs, "smtp")
  if (incoming === undefined || outgoing === undefined) return undefined
  const name = `${hostname} ${address}`
  const account = dict({
    PayloadType: "com.apple.mail.managed",
    PayloadVersion: 1,
    PayloadIdentifier: `${reversed(hostname)}.mail.${uuidOf("account", name)}`,
    PayloadUUID: uuidOf("account", name),
    PayloadDisplayName: address,
    EmailAccountDescription: address,
    EmailAccountType: imap === undefined ? "EmailTypePOP" : "EmailTypeIMAP",
    EmailAddress: address,
    IncomingMailServerAuthentication: "EmailAuthPassword",
    IncomingMailServerHostName: hostname,
    IncomingMailServerPortNumber: incoming.port,
    IncomingMailServerUseSSL: true,
    IncomingMailServerUsername: address,
    OutgoingMailServerAuthentication: "EmailAuthPassword",
    OutgoingMailServerHostName: hostname,
    OutgoingMailServerPortNumber: outgoing.port,
    OutgoingMailServerUseSSL: true,
    OutgoingMailServerUsername: address,
    OutgoingPasswordSameAsIncomingPassword: true,
  })
  const profile = dict(
    {
      PayloadType: "Configuration",
      PayloadVersion: 1,
      PayloadIdentifier: `${reversed(hostname)}.profile.${uuidOf("profile", name)}`,
      PayloadUUID: uuidOf("profile", name),
      PayloadDisplayName: address,
    },
    `<key>PayloadContent</key>\n<array>\n${account}\n</array>`,
  )
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    profile,
    "</plist>",
    "",
  ].join("\n")
}

function dict(entries: Readonly<Record<string, string | number | true>>, more?: string): string {
  const lines = Object.entries(entries).flatMap(([key, value]) => [element("key", key), plistValue(value)])
  return ["<dict>", ...lines, ...(more === undefined ? [] : [more]), "</dict>"].join("\n")
}

function plistValue(value: string | number | true): string {
  if (value === true) return "<true/>"
  return typeof value === "number" ? element("integer", value) : element("string", value)
}

/** "mail.example.org" as "org.example.mail". */
function reversed(hostname: string): string {
  return hostname.split(".").toReversed().join(".")
}

/** In the form of a UUID, the same for the same words. */
function uuidOf(...words: readonly string[]): string {
  const hash = createHash("sha256").update(words.join("\n")).digest("hex")
  const [a, b, c, d, e] = [
    [0, 8],
    [8, 12],
    [13, 16],
    [17, 20],
    [20, 32],
  ].map(([from, to]) => hash.slice(from, to))
  return `${a}-${b}-8${c}-8${d}-${e}`.toUpperCase()
}
