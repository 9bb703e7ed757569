/**
 * The mail that the first-run page sends: written by a small SMTP client to this server's own door, so that it takes
 * the way that every stranger's mail takes (RFC 5321 §3). Failures are answers here, not errors: the page shows them.
 */

import type { Socket } from "node:net"
import { mailDate } from "@letterkeep/dsn"
import type { OnTryStep, TryOutcome } from "../doors/http/index.ts"

/** A stranger would wait for minutes; whoever looks at the page would not. */
const answerMs = 15_000
/** Characters that a door may say before it is answered. */
const replyLimit = 64 * 1024

/** The door said no, or nothing that can be understood. */
class TryMailError extends Error {
  override readonly name = "TryMailError"
  readonly temporary = true
}

export interface TryMail {
  readonly from: string
  /** Our own kept form: an ASCII domain; a local part in any script. */
  readonly to: string
  /** Without angle brackets. */
  readonly messageId: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Speaks the whole conversation; tells `connected` and `accepted` when they have happened. Undefined: the door said
 * 250 to the letter.
 */
export async function sendTryMail(
  connect: () => Promise<Socket>,
  mail: TryMail,
  onStep: OnTryStep,
  signal: AbortSignal,
): Promise<Extract<TryOutcome, { kind: "failed" }> | undefined> {
  let next: "connected" | "accepted" | "kept" = "connected"
  try {
    using door = talkTo(await connect(), signal)
    const greeting = await door.expect(220)
    await door.say("EHLO letterkeep.invalid", 250)
    onStep("connected", `the door greets: ${greeting}`)
    next = "accepted"
    // RFC 6531 §3.4: an address beyond ASCII asks for SMTPUTF8.
    await door.say(`MAIL FROM:<${mail.from}>${/[^\x20-\x7e]/.test(mail.to) ? " SMTPUTF8" : ""}`, 250)
    onStep("accepted", `the door says: ${await door.say(`RCPT TO:<${mail.to}>`, 250)}`)
    next = "kept"
    await door.say("DATA", 354)
    await door.say(`${letter(mail)}\r\n.`, 250)
    door.leave()
    return undefined
  } catch (error) {
    const message =
      error instanceof TryMailError ? error.message : "The mail door of this server cannot be reached."
    return { kind: "failed", step: next, message }
  }
}

/** No line of it begins with a dot, so none needs a second (RFC 5321 §4.5.2). */
function letter({ from, to, messageId, now }: TryMail): string {
  return [
    `Date: ${mailDate(now)}`,
    `From: Letterkeep <${from}>`,
    `To: <${to}>`,
    "Subject: Your first letter",
    `Message-ID: <${messageId}>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    "Hello,",
    "",
    // One line: the page breaks it to its own width. RFC 5322 §2.1.1 would have at most 998 octets.
    "this letter came in through the same door that the rest of the world will use. It was screened, sealed to your key and written to the disk before the door said yes to it, and it is open here because you are signed in.",
    "",
    "Welcome to your own house of letters.",
  ].join("\r\n")
}

interface Talk {
  /** The door's next reply without its line end; throws TryMailError when it is another, or none comes. */
  expect(code: number): Promise<string>
  say(text: string, code: number): Promise<string>
  /** QUIT; what the door says to it changes nothing any more. */
  leave(): void
  [Symbol.dispose](): void
}

function talkTo(socket: Socket, signal: AbortSignal): Talk {
  let heard = ""
  let waiting: (() => void) | undefined
  let broken: TryMailError | undefined
  const breakOff = (why: string) => (): void => {
    broken ??= new TryMailError(why)
    waiting?.()
  }
  socket.setEncoding("utf8")
  socket.setTimeout(answerMs, breakOff("The mail door did not answer in time."))
  socket.on("data", (chunk: string) => {
    heard += chunk
    if (heard.length > replyLimit) breakOff("The mail door said too much.")()
    waiting?.()
  })
  socket.on("error", breakOff("The connection to the mail door broke."))
  socket.on("close", breakOff("The mail door hung up."))
  const giveUp = breakOff("It took too long.")
  signal.addEventListener("abort", giveUp, { once: true })
  if (signal.aborted) giveUp()

  const expect = async (code: number): Promise<string> => {
    for (;;) {
      const reply = takeReply(heard)
      if (reply !== undefined) {
        heard = heard.slice(reply.length)
        const text = reply.trim()
        if (Number(text.slice(0, 3)) === code) return text
        throw new TryMailError(`The mail door said: ${text}`)
      }
      if (broken !== undefined) throw broken
      await new Promise<void>(resolve => {
        waiting = resolve
      })
    }
  }
  return {
    expect,
    async say(text, code) {
      if (socket.writable) socket.write(`${text}\r\n`)
      return await expect(code)
    },
    leave() {
      if (socket.writable) socket.end("QUIT\r\n")
    },
    [Symbol.dispose]() {
      signal.removeEventListener("abort", giveUp)
      if (socket.writableEnded) socket.destroySoon()
      else socket.destroy()
    },
  }
}

/**
 * The first whole reply of what was heard, line ends and all (RFC 5321 §4.2):
 *
 *     Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
 */
function takeReply(heard: string): string | undefined {
  for (let at = 0; ; ) {
    const end = heard.indexOf("\n", at)
    if (end === -1) return undefined
    if (heard.charAt(at + 3) !== "-") return heard.slice(0, end + 1)
    at = end + 1
  }
}
