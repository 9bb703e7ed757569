import type { MailPrograms, MailServer } from "./mail-programs.ts"
import { element, escapeXml } from "./xml.ts"

/**
 * The form of Thunderbird, which K-9, Evolution, KMail and others read too: "clientConfig" 1.1. The program puts the
 * address that was typed in for %EMAILADDRESS%, so the answer is the same for everybody of a domain.
 * "password-cleartext" is a password inside TLS; there is no word in it for SCRAM-SHA-256.
 */
export function clientConfig(programs: Pick<MailPrograms, "hostname" | "servers">, domain: string): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<clientConfig version="1.1">',
    `<emailProvider id="${escapeXml(domain)}">`,
    element("domain", domain),
    element("displayName", domain),
    element("displayShortName", domain),
    ...programs.servers.map(server => serverOf(programs.hostname, server)),
    "</emailProvider>",
    "</clientConfig>",
    "",
  ].join("\n")
}

function serverOf(hostname: string, { protocol, port, tls }: MailServer): string {
  const name = protocol === "smtp" ? "outgoingServer" : "incomingServer"
  return [
    `<${name} type="${protocol}">`,
    element("hostname", hostname),
    element("port", port),
    element("socketType", tls === "from-the-start" ? "SSL" : "STARTTLS"),
    element("authentication", "password-cleartext"),
    element("username", "%EMAILADDRESS%"),
    `</${name}>`,
  ].join("\n")
}
