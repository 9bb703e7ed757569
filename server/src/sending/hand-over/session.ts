import type { SaslClient } from "@letterkeep/sasl"
import {
  type Capabilities,
  type ClientEnd,
  type ClientEvent,
  type ClientOptions,
  clientWaits,
  defaultClientLimits,
  type Envelope,
  type RecipientOutcome,
  SmtpClient,
  type Tls,
} from "@letterkeep/smtp"
import type { MailConnection } from "../../ports/network/index.ts"
import type { Timer } from "../../ports/timer.ts"

/**
 * One connection to a far side, from its greeting to its end: drives an `SmtpClient` by what comes and goes, gives the
 * text as fast as the connection takes it, and waits for each answer as long as RFC 5321 §4.5.3.2 asks, not longer.
 *
 * Promises: `open` and each `send` settle once; after its end nothing more is written; it holds of a message what the
 * caller gave and one piece on its way.
 */
export interface Session {
  /** Resolves when mail may be sent, or when that will not be. Once. */
  open(): Promise<Opened>
  /** One transaction. Only when the one before is over and left it `alive`. */
  send(envelope: Envelope, text: Text): Promise<Sent>
  /** Says goodbye; only when nothing is under way. */
  quit(): void
  /** Ends it at once: what is under way has no answer. */
  destroy(): void
}

/** What is sent: `head` above `body`, CRLF line ends only. */
export interface Text {
  readonly head: string
  readonly body: Buffer
}

export type Opened =
  | { readonly kind: "ready"; readonly capabilities: Capabilities }
  | { readonly kind: "ended"; readonly ending: Ending }

export interface Ending {
  readonly end: ClientEnd
  /** We gave up waiting. */
  readonly timedOut: boolean
}

export interface Sent {
  readonly outcomes: readonly RecipientOutcome[]
  /** RFC 3461 §5.2.2: false where the reports that were asked for are ours to write. */
  readonly dsnPassedOn: boolean
  /** Undefined: the next mail may follow. */
  readonly over: Ending | "quitting" | undefined
}

export interface SessionOptions {
  readonly connection: MailConnection
  readonly hostname: string
  readonly tls: ClientOptions["tls"]
  /** Where TLS stands from the first octet on. */
  readonly secure?: Tls
  /** Ways to sign in; asked once, when the far side has said what it offers. */
  readonly mechanisms?: () => readonly SaslClient[]
  readonly timer: Timer
  /** Does the handshake; undefined where the connection is gone, or the far side is none that mail may go to. */
  shakeHands(): Promise<Tls | undefined>
  /** The last of all, once; also of a session that never was ready. */
  onEnd(): void
}

/** Octets of the text that are given at once. */
export const pieceBytes = 131_072

export function createSession(options: SessionOptions): Session {
  const { connection, mechanisms, timer } = options
  let signing: readonly SaslClient[] = []
  const client = new SmtpClient({
    hostname: options.hostname,
    tls: options.tls,
    limits: defaultClientLimits,
    ...(options.secure === undefined ? {} : { secure: options.secure }),
    ...(mechanisms === undefined
      ? {}
      : {
          auth: {
            get mechanisms() {
              signing = mechanisms()
              return signing
            },
          },
        }),
  })
  let opening:
    | { readonly settle: (opened: Opened) => void; readonly break: (error: unknown) => void }
    | undefined
  let sending: ((sent: Sent) => void) | undefined
  let over: Pick<Sent, "outcomes" | "dsnPassedOn"> | undefined
  let ready: Capabilities | undefined
  let ending: Ending | undefined
  let text: Text | undefined
  let given = 0
  let isTextWanted = false
  let isBlocked = false
  let timedOut = false
  let isEnded = false
  let waitedFor: string | undefined
  let stopWaiting: (() => void) | undefined

  const react = (event: ClientEvent): void => {
    switch (event.kind) {
      case "ready":
        ready = event.capabilities
        return
      case "text-wanted":
        isTextWanted = true
        return
      case "transaction-over":
        over = { outcomes: event.outcomes, dsnPassedOn: event.dsnPassedOn }
        return
      case "start-tls":
        options.shakeHands().then(secured).catch(breakOff)
        return
      case "challenge":
        answer(event.mechanism, event.bytes).catch(breakOff)
        return
      case "closing":
        ready = undefined
        ending = { end: event.end, timedOut }
    }
  }

  const secured = (tls: Tls | undefined): void => {
    if (ending !== undefined) return
    if (tls === undefined) client.lost()
    else client.secured(tls)
    work()
  }

  const answer = async (mechanism: string, challenge: Uint8Array): Promise<void> => {
    const message = await signing.find(({ name }) => name === mechanism)?.respond(challenge)
    client.respond(message)
    work()
  }

  /** A mistake of ours, which whoever opens the session hears of. */
  const breakOff = (error: unknown): void => {
    opening?.break(error)
    opening = undefined
    client.lost()
    work()
  }

  const giveNext = (): void => {
    isTextWanted = false
    if (text === undefined) return
    const { head, body } = text
    const piece = body.subarray(given, given + pieceBytes)
    const isFirst = given === 0
    given += piece.length
    const bytes = isFirst && head !== "" ? Buffer.concat([Buffer.from(head, "utf8"), piece]) : piece
    client.give(bytes, given === body.length)
  }

  /** Takes all that the client has to say and to write; returns whether anything came of it. */
  const turn = (): boolean => {
    let moved = false
    for (let event = client.next(); event !== undefined; event = client.next()) {
      react(event)
      moved = true
    }
    const output = client.output()
    if (output.length > 0) {
      if (!connection.write(output)) isBlocked = true
      moved = true
    }
    if (isTextWanted && !isBlocked) {
      giveNext()
      moved = true
    }
    return moved
  }

  const work = (): void => {
    let moved = false
    while (turn()) moved = true
    tell()
    watch(moved)
  }

  const tell = (): void => {
    if (ending !== undefined && stopWaiting !== undefined) {
      stopWaiting()
      stopWaiting = undefined
    }
    if (over !== undefined) {
      const settle = sending
      const sent: Sent = { ...over, over: ready !== undefined ? undefined : (ending ?? "quitting") }
      over = undefined
      sending = undefined
      text = undefined
      settle?.(sent)
    }
    if (opening !== undefined && (ready !== undefined || ending !== undefined)) {
      const { settle } = opening
      opening = undefined
      settle(ready !== undefined ? { kind: "ready", capabilities: ready } : endedWith(ending))
    }
    if (ending !== undefined && !isEnded) {
      isEnded = true
      connection.end()
      options.onEnd()
    }
  }

  /** A far side that sends an octet now and then gets no more time by it than one that is silent. */
  const watch = (moved: boolean): void => {
    if (ending !== undefined) return
    const step = client.waitingFor
    if (!moved && step === waitedFor) return
    waitedFor = step
    stopWaiting?.()
    stopWaiting =
      step === "owner" || step === "handshake" ? undefined : timer.after(clientWaits[step], giveUp)
  }

  const giveUp = (): void => {
    timedOut = true
    stopWaiting = undefined
    client.lost()
    connection.destroy()
    work()
  }

  connection.hear({
    bytes(bytes) {
      client.push(bytes)
      work()
    },
    drained() {
      isBlocked = false
      waitedFor = undefined
      work()
    },
    closed() {
      client.lost()
      work()
    },
  })

  return {
    open: () =>
      new Promise((resolve, reject) => {
        opening = { settle: resolve, break: reject }
        work()
      }),
    async send(envelope, whole) {
      if (ready === undefined) return tooLate(envelope, ending)
      ready = undefined
      text = whole
      given = 0
      return await new Promise(resolve => {
        sending = resolve
        client.send(envelope)
        work()
      })
    },
    quit() {
      if (ready === undefined) return
      ready = undefined
      client.quit()
      work()
    },
    destroy: () => connection.destroy(),
  }
}

/** It ended before a word was said of this mail. */
function tooLate({ recipients }: Envelope, ending: Ending | undefined): Sent {
  const outcomes = recipients.map(() => ({ kind: "unanswered", step: "mail", uncertain: false }) as const)
  return { outcomes, dsnPassedOn: false, over: ending ?? "quitting" }
}

function endedWith(ending: Ending | undefined): Opened {
  if (ending === undefined) throw new Error("a session is neither ready nor over")
  return { kind: "ended", ending }
}
