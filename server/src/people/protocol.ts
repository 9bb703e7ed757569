/** Where a credential is used. A credential's own list says where it may be; `any` stands for all. */
export const protocols = ["web", "control", "imap", "pop3", "submission"] as const
export type Protocol = (typeof protocols)[number]

/** What an app password can be for: never the web or the control socket, where passwords are changed. */
export const appProtocols = ["imap", "pop3", "submission"] as const
export type AppProtocol = (typeof appProtocols)[number]

/** Only these need what is in the vault: a credential for none of them holds no wrap, and to send opens nothing. */
export function reads(protocol: Protocol): boolean {
  return protocol !== "submission"
}

export function isAppProtocol(text: string): text is AppProtocol {
  return appProtocols.some(each => each === text)
}
