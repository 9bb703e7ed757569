/**
 * The servers that a mail program is tried with: Debian's Dovecot first, which tells whether the test is right, then
 * Letterkeep. Each has one person with an empty inbox.
 */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { connect } from "node:tls"
import { startDovecot } from "../fixtures/dovecot.ts"
import { openHouse } from "../fixtures/house.ts"
import { addressOf } from "../fixtures/server.ts"
import { lastAnswer } from "../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"
import { needRoot, needTool } from "./tools.ts"

export interface ImapPeer {
  readonly name: PeerName
  readonly host: string
  /** Its plain port, with STARTTLS and, on loopback, passwords in the clear. */
  readonly imap: number
  readonly imaps: number
  readonly pop3s: number
  readonly user: string
  readonly password: string
  /** The certificate that it shows, PEM: it vouches for itself. */
  readonly certificateFile: string
  /** A folder for what the test writes; it goes with the peer. */
  readonly folder: string
  /** Brings a message into the inbox as arriving mail; resolves when it is there. */
  deliver(message: Buffer): Promise<void>
  close(): Promise<void>
}

export type PeerName = "Dovecot" | "Letterkeep"
const peerNames: readonly PeerName[] = ["Dovecot", "Letterkeep"]

/**
 * One test for each server. `INTEROP_PEERS=Letterkeep` leaves the other out while one works on a test; in CI both run.
 */
export function testWithPeers(
  sentence: string,
  work: (t: TestContext, peer: ImapPeer) => Promise<void>,
): void {
  for (const name of peerNames) {
    test(`${name}: ${sentence}`, async t => {
      const wanted = process.env.INTEROP_PEERS
      if (process.env.CI !== "true" && wanted !== undefined && !wanted.split(",").includes(name)) {
        t.skip("INTEROP_PEERS leaves it out")
        return
      }
      const peer = name === "Dovecot" ? await openDovecot(t) : await openLetterkeep()
      if (peer === undefined) return
      try {
        await work(t, peer)
      } finally {
        await peer.close()
      }
    })
  }
}

async function openDovecot(t: TestContext): Promise<ImapPeer | undefined> {
  if (needTool(t, "dovecot", "dovecot-imapd") === undefined || !needRoot(t)) return undefined
  const folder = await makeTempFolder()
  const user = { name: "ada", password: "a quiet lake by night 17" }
  const dovecot = await startDovecot({ folder, users: [user], protocols: ["imap", "pop3"], more: specialUse })
  const { imap, imaps, pop3s } = dovecot.ports
  return {
    name: "Dovecot",
    host: "127.0.0.1",
    imap,
    imaps,
    pop3s,
    user: user.name,
    password: user.password,
    certificateFile: await certificateOf("127.0.0.1", imaps, folder),
    folder,
    deliver: async message => {
      dovecot.doveadm(["save", "-u", user.name], message)
    },
    async close() {
      await dovecot.stop()
      await removeFolder(folder)
    },
  }
}

/** What Letterkeep gives each account at its birth. */
const specialUse = `namespace inbox {
  mailbox Drafts {
    auto = subscribe
    special_use = \\Drafts
  }
  mailbox Sent {
    auto = subscribe
    special_use = \\Sent
  }
  mailbox Trash {
    auto = subscribe
    special_use = \\Trash
  }
}
`

async function openLetterkeep(): Promise<ImapPeer> {
  const house = await openHouse(["ada"], { config: { imap: { plaintext_on_loopback: true } } })
  const folder = await makeTempFolder()
  const { ready } = house.server()
  const imaps = addressOf(ready, "imaps")
  const { address, password } = house.people.ada
  return {
    name: "Letterkeep",
    host: imaps.host,
    imap: addressOf(ready, "imap").port,
    imaps: imaps.port,
    pop3s: addressOf(ready, "pop3s").port,
    user: address,
    password,
    certificateFile: await certificateOf(imaps.host, imaps.port, folder),
    folder,
    async deliver(message) {
      const client = await house.smtp()
      const answers = await client.deliver({
        from: "someone@far.example",
        to: [address],
        message,
        mailParameters: message.some(octet => octet > 127) ? " BODY=8BITMIME" : "",
      })
      if (answers.end?.code !== 250) throw new Error(`not taken: ${lastAnswer(answers)}`)
      await client.quit()
    },
    async close() {
      await house.close()
      await removeFolder(folder)
    },
  }
}

export async function certificateOf(host: string, port: number, folder: string): Promise<string> {
  const socket = connect({ host, port, rejectUnauthorized: false })
  const raw = await new Promise<Buffer>((resolve, reject) => {
    socket.once("secureConnect", () => resolve(socket.getPeerCertificate().raw))
    socket.once("error", reject)
  })
  socket.destroy()
  const lines = raw.toString("base64").match(/.{1,64}/g) ?? []
  const file = join(folder, "certificate.pem")
  await writeFile(file, `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`)
  return file
}
