import { type AskedAddress, readAskedAddress } from "./asked-address.ts"
import type { MailPrograms, MailServer } from "./mail-programs.ts"
import { element, textOfOnly } from "./xml.ts"

/**
 * The form of Outlook: Autodiscover's "plain old XML" ([MS-OXDSCLI] §2.2.4). The question names an address, the answer
 * servers and the name to sign in with, which Outlook would otherwise take from before the "@".
 */
const requestNamespace = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
const responseNamespace = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
const settingsNamespace = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"

/** Octets of a question. */
export const maxAutodiscoverRequest = 4_096

export function readAutodiscover(body: string): AskedAddress | undefined {
  if (!body.includes(requestNamespace)) return undefined
  return readAskedAddress(textOfOnly("EMailAddress", body))
}

export function autodiscoverAnswer(
  { hostname, servers }: Pick<MailPrograms, "hostname" | "servers">,
  address: string,
): string {
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<Autodiscover xmlns="${responseNamespace}">`,
    `<Response xmlns="${settingsNamespace}">`,
    "<Account>",
    element("AccountType", "email"),
    element("Action", "settings"),
    ...servers.map(server => protocolOf(hostname, server, address)),
    "</Account>",
    "</Response>",
    "</Autodiscover>",
    "",
  ].join("\n")
}

function protocolOf(hostname: string, { protocol, port, tls }: MailServer, address: string): string {
  return [
    "<Protocol>",
    element("Type", protocol.toUpperCase()),
    element("Server", hostname),
    element("Port", port),
    element("LoginName", address),
    element("DomainRequired", "off"),
    element("SPA", "off"),
    element("SSL", "on"),
    element("Encryption", tls === "from-the-start" ? "SSL" : "TLS"),
    element("AuthRequired", "on"),
    ...(protocol === "smtp" ? [element("UsePOPAuth", "on")] : []),
    "</Protocol>",
  ].join("\n")
}
