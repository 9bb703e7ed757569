import { once } from "node:events"
import { chmod, mkdir } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { join } from "node:path"
import { freePort } from "../fixtures/daemons.ts"
import { type Dovecot, startDovecot } from "../fixtures/dovecot.ts"
import type { SmtpAddress } from "../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"
import { certificateFor } from "../server/src/ports/network/test-certificates.ts"
import { offeringTls, type PostfixRelay, startPostfixRelay } from "./postfix-relay.ts"

/**
 * A mail host of others as many are: Postfix in front, with TLS and a policy service, and Dovecot behind it by LMTP, which
 * also tells Postfix whose mailbox is full. `utf8.test` lies with Postfix itself, since this Dovecot takes no SMTPUTF8.
 */
export interface FarMailHost {
  readonly postfix: PostfixRelay
  readonly dovecot: Dovecot
  /** Of a mailbox, each message with the line ends of SMTP. */
  messagesOf(user: string): readonly string[]
  stop(): Promise<void>
}

/** What a policy service says of a recipient who is tried for the nth time; "dunno": nothing. */
export type Policy = (recipient: string, tries: number) => string

export const farDomain = "far.test"
export const utf8Domain = "utf8.test"
const users = ["carla", "dora", "late", "grey"].map(name => ({ name, password: "far away" }))

export async function startFarMailHost(
  /** Where mail for others goes: reports to senders. */
  next: SmtpAddress,
  port: number,
  policy: Policy,
): Promise<FarMailHost> {
  const folder = await makeTempFolder()
  await chmod(folder, 0o755)
  const [quotaPort, policies] = [await freePort(), await servePolicy(policy)]
  const dovecot = await startDovecot({
    folder: join(folder, "d"),
    users: [...users, { name: "full", password: "far away", quota: 1_000 }],
    protocols: ["lmtp"],
    more: quotaConf(quotaPort),
  }).catch(async (error: unknown) => {
    policies.stop()
    await removeFolder(folder)
    throw error
  })
  const boxes = join(folder, "utf8")
  await mkdir(boxes)
  await chmod(boxes, 0o777)
  const postfix = await startPostfixRelay({
    next,
    port,
    settings: {
      ...(await offeringTls(folder, certificateFor(["mx.far.test"]))),
      smtpd_tls_loglevel: "1",
      smtputf8_enable: "yes",
      message_size_limit: "60000000",
      mailbox_size_limit: "0",
      virtual_mailbox_domains: `${farDomain}, ${utf8Domain}`,
      virtual_mailbox_maps: "static:box/",
      virtual_mailbox_base: boxes,
      virtual_mailbox_limit: "0",
      virtual_uid_maps: "static:65534",
      virtual_gid_maps: "static:65534",
      virtual_transport: `lmtp:unix:${dovecot.lmtp}`,
      transport_maps: `inline:{ {${utf8Domain}=virtual:} }`,
      lmtp_destination_recipient_limit: "1",
      smtpd_relay_restrictions: "reject_unauth_destination",
      smtpd_recipient_restrictions: `check_policy_service inet:127.0.0.1:${policies.port}, check_policy_service inet:127.0.0.1:${quotaPort}`,
    },
  }).catch(async (error: unknown) => {
    await dovecot.stop()
    policies.stop()
    await removeFolder(folder)
    throw error
  })
  return {
    postfix,
    dovecot,
    messagesOf(user) {
      const text = dovecot.doveadm(["-f", "flow", "fetch", "-u", user, "text", "ALL"])
      return text
        .split(/^text=/m)
        .slice(1)
        .map(each => each.replaceAll(/\r?\n/g, "\r\n"))
    },
    async stop() {
      await postfix.stop()
      await dovecot.stop()
      policies.stop()
      await removeFolder(folder)
    },
  }
}

/** Names without their domain are Dovecot's users. */
function quotaConf(port: number): string {
  return `auth_username_format = %n
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_status_success = DUNNO
  quota_status_nouser = DUNNO
  quota_status_overquota = 552 5.2.2 Mailbox is full
}
service quota-status {
  executable = quota-status -p postfix
  inet_listener {
    address = 127.0.0.1
    port = ${port}
  }
  client_limit = 1
}
`
}

/** Postfix's policy protocol: lines of name=value up to an empty one; the answer likewise. */
async function servePolicy(policy: Policy): Promise<{ readonly port: number; stop(): void }> {
  const tries = new Map<string, number>()
  const server = createServer(socket => {
    let unread = ""
    socket.on("error", () => socket.destroy())
    socket.on("data", bytes => {
      unread += bytes.toString("utf8")
      for (let end = unread.indexOf("\n\n"); end >= 0; end = unread.indexOf("\n\n")) {
        const recipient = /^recipient=(.*)$/m.exec(unread.slice(0, end))?.[1] ?? ""
        unread = unread.slice(end + 2)
        const count = (tries.get(recipient) ?? 0) + 1
        tries.set(recipient, count)
        socket.write(`action=${policy(recipient, count)}\n\n`)
      }
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // it listens on TCP
  return { port, stop: () => void server.close() }
}
