/**
 * The mail that the first-run page sends: written by a small SMTP client to this server's own door, so that it takes
 * the way that every stranger's mail takes (RFC 5321 §3).
 */
import type { Socket } from "node:net"
import type { OnTryStep, TryOutcome } from "../doors/http/index.ts"
import { dateTime } from "../flow/index.ts"

const answerMs = 15_000
const replyLimit = 64 * 1024

/** The door said no, or nothing that can be understood. */
class TryMailError extends Error {
  override readonly name = "TryMailError"
  readonly temporary = true
}

export interface TryMail {
  readonly from: string
  readonly to: string
  readonly messageId: string
  readonly now: number
}

/** Speaks the whole conversation; tells `connected` and `accepted` when they have happened. */
export async function sendTryMail(
  connect: () => Promise<Socket>,
  mail: TryMail,
  onStep: OnTryStep,
  signal: AbortSignal,
): Promise<Extract<TryOutcome, { kind: "failed" }> | undefined> {
  let reached: "connected" | "accepted" | "kept" = "connected"
  try {
    using line = openLine(await connect(), signal)
    await line.expect(220)
    const ehlo = await line.say("EHLO letterkeep.localhost", 250)
    onStep("connected", ehlo.split(/\r?\n/)[0]?.slice(4))
    reached = "accepted"
    await line.say(`MAIL FROM:<${mail.from}>`, 250)
    onStep("accepted", await line.say(`RCPT TO:<${mail.to}>`, 250))
    reached = "kept"
    await line.say("DATA", 354)
    await line.say(`${letter(mail)}\r\n.`, 250)
    await line.say("QUIT", 221)
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : "the mail door did not answer"
    return { kind: "failed", step: reached, message }
  }
}

function letter({ from, to, messageId, now }: TryMail): string {
  return [
    `Date: ${dateTime(now)}`,
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
    "this letter came in through the same door that the rest of the world will use.",
    "It was screened, sealed to your key and written to the disk before the door said",
    "yes to it, and it is open here because you are signed in.",
    "",
    "Welcome to your own house of letters.",
  ].join("\r\n")
}

interface Line {
  expect(code: number): Promise<string>
  say(text: string, code: number): Promise<string>
  [Symbol.dispose](): void
}

function openLine(socket: Socket, signal: AbortSignal): Line {
  let heard = ""
  let waiting: (() => void) | undefined
  let broken: Error | undefined
  const wake = (): void => waiting?.()
  const breakOff = (why: string) => (): void => {
    broken ??= new TryMailError(why)
    wake()
  }
  socket.setEncoding("utf8")
  socket.setTimeout(answerMs, breakOff("the mail door did not answer in time"))
  socket.on("data", (chunk: string) => {
    heard += chunk
    if (heard.length > replyLimit) breakOff("the mail door said too much")()
    wake()
  })
  socket.on("error", breakOff("the connection to the mail door broke"))
  socket.on("close", breakOff("the mail door hung up"))
  const aborted = breakOff("the page was left")
  signal.addEventListener("abort", aborted, { once: true })

  const expect = async (code: number): Promise<string> => {
    for (;;) {
      // Reply-line = *( Reply-code "-" text CRLF ) Reply-code SP text CRLF       RFC 5321 §4.2
      const whole = /^(?:\d{3}-[^\n]*\n)*(\d{3})(?: [^\n]*)?\r?\n/.exec(heard)
      if (whole !== null) {
        heard = heard.slice(whole[0].length)
        if (Number(whole[1]) === code) return whole[0].trim()
        throw new TryMailError(`the mail door said: ${whole[0].trim()}`)
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
      socket.write(`${text}\r\n`)
      return await expect(code)
    },
    [Symbol.dispose]() {
      signal.removeEventListener("abort", aborted)
      socket.destroy()
    },
  }
}
