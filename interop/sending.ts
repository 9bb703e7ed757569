import {
  type ClientEvent,
  type ClientOptions,
  defaultClientLimits,
  type Envelope,
  type RecipientOutcome,
  readPath,
  type Sender,
  SmtpClient,
} from "@letterkeep/smtp"
import { BytePeer, type PeerAddress } from "../fixtures/byte-peer.ts"

/** Our sending side over a real connection: mails one after another on it, each text in pieces. */
export interface Mail {
  readonly envelope: Envelope
  readonly text: Uint8Array
}

export interface Sent {
  /** For each mail, in the order of its recipients. */
  readonly outcomes: readonly (readonly RecipientOutcome[])[]
  /** What was written, one character an octet. */
  readonly wrote: string
  /** Why the connection ended. */
  readonly end: string
}

const pieceBytes = 3_000

export async function sendAll(
  address: PeerAddress,
  mails: readonly Mail[],
  tls: ClientOptions["tls"],
): Promise<Sent> {
  const peer = new BytePeer(address)
  const client = new SmtpClient({ hostname: "us.example", tls, limits: defaultClientLimits })
  const waiting = [...mails]
  const outcomes: (readonly RecipientOutcome[])[] = []
  let text: Uint8Array = new Uint8Array(0)
  let given = 0
  let wrote = ""
  let end: string | undefined

  const react = async (event: ClientEvent): Promise<void> => {
    if (event.kind === "ready") {
      const mail = waiting.shift()
      if (mail === undefined) client.quit()
      else {
        text = mail.text
        given = 0
        client.send(mail.envelope)
      }
    } else if (event.kind === "text-wanted") {
      const piece = text.subarray(given, given + pieceBytes)
      given += piece.length
      client.give(piece, given === text.length)
    } else if (event.kind === "transaction-over") outcomes.push(event.outcomes)
    else if (event.kind === "start-tls") {
      await peer.startTls()
      client.secured({ verified: false })
    } else if (event.kind === "closing") end = event.end.kind
  }

  for (;;) {
    for (let event = client.next(); event !== undefined; event = client.next()) await react(event)
    const output = client.output()
    if (output.length > 0) {
      await peer.send(output)
      wrote += Buffer.from(output).toString("latin1")
    } else if (end === undefined) client.push(await peer.receive())
    else break
  }
  peer.close()
  return { outcomes, wrote, end }
}

/** One sender, one recipient. */
export function envelopeTo(from: string, to: string, more: Partial<Sender>): Envelope {
  const reverse = readPath(`<${from}>`, 0, "reverse")
  const forward = readPath(`<${to}>`, 0, "forward")
  if (reverse.kind === "bad" || forward.kind === "bad") throw new Error("an envelope needs addresses")
  return {
    sender: { path: reverse.path, body: "7BIT", smtputf8: false, requireTls: false, ...more },
    recipients: [{ path: forward.path }],
  }
}
