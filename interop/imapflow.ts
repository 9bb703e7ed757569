import { ImapFlow } from "imapflow"
import type { ImapPeer } from "./imap-peers.ts"

/** A client of programs on the TLS port, signed in. The caller logs out. */
export async function openImapFlow(
  peer: Pick<ImapPeer, "host" | "imaps" | "user" | "password">,
  options: { readonly qresync?: boolean } = {},
): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: peer.host,
    port: peer.imaps,
    secure: true,
    auth: { user: peer.user, pass: peer.password },
    tls: { rejectUnauthorized: false },
    logger: false,
    qresync: options.qresync ?? false,
  })
  // told of by the call that fails, too
  client.on("error", () => client.close())
  await client.connect()
  return client
}

/** The raw messages of a mailbox, by UID. */
export async function readMailbox(client: ImapFlow, mailbox: string): Promise<ReadonlyMap<number, Buffer>> {
  const lock = await client.getMailboxLock(mailbox)
  try {
    const found = new Map<number, Buffer>()
    if (client.mailbox === false || client.mailbox.exists === 0) return found
    for await (const { uid, source } of client.fetch("1:*", { uid: true, source: true }))
      found.set(uid, source ?? Buffer.alloc(0))
    return found
  } finally {
    lock.release()
  }
}
