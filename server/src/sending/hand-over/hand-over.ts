import type { Envelope } from "@letterkeep/smtp"
import { failure, type Log, own, ref } from "../../ports/log.ts"
import { mayGo } from "../../ports/network/index.ts"
import type { Permit, Privacy } from "../../privacy/index.ts"
import { StoreError } from "../../store/index.ts"
import type { Claimed, ClaimedRecipient, Tried } from "../contract.ts"
import type { ReturnTags } from "../return-tags.ts"
import { createBindingOrder } from "./binding-order.ts"
import { type Dialling, type DialParts, dial, type Live } from "./dial.ts"
import { envelopeOf } from "./envelope-of.ts"
import { createInHand } from "./in-hand.ts"
import { createPool, type Lease, type Open, type PoolLimits } from "./pool.ts"
import { destinationOf, type Route, type Routes, routeOf, type TlsAsked, tlsAskedOf } from "./route.ts"
import type { Sent, Text } from "./session.ts"
import { type Failed, triedOf } from "./tried.ts"

/**
 * From a mail that is claimed to what came of it for each of its recipients: a connection to where its domain's mail goes,
 * one kept from the mail before where there is one, the text signed and handed over, the answers read.
 *
 * Promises: a recipient who is told to have been handed over was said yes to by the far side, after the whole text;
 * nothing leaves without the Egress being asked; of one destination and of all there are never more connections than the
 * limits, and never more octets of texts in memory.
 */
export interface HandOver {
  /**
   * By the recipients' numbers. Who is missing was not tried, since `signal` called it off, the service closes, the
   * database is away or something of ours broke: the mail may be given back. A transaction that is under way is finished.
   */
  handOver(mail: Claimed, signal: AbortSignal): Promise<ReadonlyMap<number, Tried>>
  /** How many more mails may be brought without a long wait; 0 or more. */
  room(): number
  /** Domains for which more mail waits here than their connections can soon take: none of theirs should be brought. */
  full(): readonly string[]
  /** No connection is begun any more; those without work end. */
  close(): void
}

export interface OwnHandOver extends HandOver {
  /**
   * After `close`: sees all connections to their end, and within `lastMs` ends those that are still there; what was under
   * way on them has no answer.
   */
  finish(): Promise<void>
}

export interface HandOverParts extends DialParts {
  readonly privacy: Pick<Privacy, "gate">
  readonly routes: Routes
  readonly limits: PoolLimits & {
    /** Octets of texts in memory at once. */
    readonly bytesInHand: number
  }
  /** What goes above the text: DKIM-Signature fields with their CRLF, or nothing. Rejects where it cannot be signed now. */
  readonly sign: (mail: Claimed, text: Buffer, permit: Permit<"mail.send">) => Promise<string>
  /** Return paths of what people send carry tags of these. Without them, and at a smart host that we sign in to, none do. */
  readonly returnTags?: Pick<ReturnTags, "tag">
  readonly log: Log
}

/** Mails in hand for each connection that there may be: one under way, and those that follow while others are brought. */
const mailsPerConnection = 10
/** Milliseconds for goodbyes when the server stops. */
export const lastMs = 1_000
/** How often a mail whose connection went away before a word of it was heard is tried anew at once. */
const freshStarts = 2

interface InWork {
  readonly mail: Claimed
  readonly destination: string
  readonly open: Open<Live>
  readonly tags: Pick<ReturnTags, "tag"> | undefined
  readonly signal: AbortSignal
  readonly tried: Map<number, Tried>
}

/** What came of one transaction. */
interface Course {
  /** Whom to try again at once. */
  readonly again: readonly ClaimedRecipient[]
  /** On a new connection, since the kept one was gone. */
  readonly stale: boolean
}

export function createHandOver(parts: HandOverParts): OwnHandOver {
  const { privacy, limits, log } = parts
  const pool = createPool<Live>({
    clock: parts.clock,
    timer: parts.timer,
    limits,
    onBroken: error => log.event("task.failed", { task: own("sending.dial"), error: failure(error) }),
  })
  const dialling: Dialling = { ...parts, bindingOrder: createBindingOrder() }
  const inHand = createInHand(limits.bytesInHand)
  const connections = new Set<Live>()
  /** Mails in hand, by domain. */
  const busy = new Map<string, number>()
  let mails = 0

  const openFor =
    (route: Route, asked: TlsAsked): Open<Live> =>
    async signal => {
      const found = await dial(dialling, route, asked, signal)
      if (found.kind === "failed") return found
      const { live } = found
      connections.add(live)
      void live.ended.then(() => connections.delete(live))
      return {
        kind: "opened",
        opened: { session: live, ended: live.ended, goodbye: () => live.session.quit() },
      }
    }

  const handOver = async (mail: Claimed, signal: AbortSignal): Promise<ReadonlyMap<number, Tried>> => {
    const route = routeOf(mail.domain, parts.routes)
    const asked = tlsAskedOf(route, mail)
    const work: InWork = {
      mail,
      destination: destinationOf(route, asked),
      open: openFor(route, asked),
      // Who knows us by a password may hold us to the very addresses that it knows.
      tags: route.kind === "smart-host" && parts.signIn !== undefined ? undefined : parts.returnTags,
      signal,
      tried: new Map(),
    }
    try {
      await inTransactions(work, route)
    } catch (error) {
      if (work.tried.size === 0) throw error
      // What was said of the others holds.
      log.event("task.failed", { task: own("hand a message over"), error: failure(error) })
    }
    return work.tried
  }

  /** Until each recipient was tried, or none can be now. */
  const inTransactions = async (work: InWork, route: Route): Promise<void> => {
    const { mail, signal } = work
    const recipient = route.kind === "mx" ? "mail-exchanger" : "smart-host"
    let rest: readonly ClaimedRecipient[] = mail.recipients
    for (let starts = 0; rest.length > 0; ) {
      const acquired = await pool.acquire(work.destination, work.open, signal)
      if (acquired.kind === "withdrawn") break
      if (acquired.kind === "failed") {
        settle(work, rest, acquired.failed)
        break
      }
      const { lease } = acquired
      const untried = rest
      const mayStartAnew = starts < freshStarts
      const course = await withLease(lease, async () => {
        if (await mayGo(parts.egress[recipient], recipient))
          return await oneMail(work, untried, lease, mayStartAnew)
        lease.giveBack()
        settle(work, untried, troubleHere)
        return done
      })
      rest = course.again
      if (course.stale) starts += 1
    }
  }

  /** One transaction, or as many as the far side's RCPTMAX asks for, over one connection. */
  const oneMail = async (
    work: InWork,
    recipients: readonly ClaimedRecipient[],
    lease: Lease<Live>,
    mayStartAnew: boolean,
  ): Promise<Course> => {
    const giveBackRoom = await inHand.take(work.mail.size)
    try {
      return await privacy.gate(
        "mail.send",
        { kind: "account", account: work.mail.account },
        async permit => {
          const text = await prepare(work.mail, permit)
          if (text === "not-here" || text === "not-now") {
            lease.giveBack()
            if (text === "not-here") settle(work, recipients, troubleHere)
            return done
          }
          const size = Buffer.byteLength(text.head, "utf8") + text.body.length
          const envelope = envelopeOf(work.mail, recipients, size, permit, work.tags)
          if (envelope === undefined) {
            lease.giveBack()
            settle(work, recipients, { kind: "never", why: "trouble-here" })
            return done
          }
          // Meanwhile somebody else may have it.
          if (work.signal.aborted) {
            lease.giveBack()
            return done
          }
          return await transact(work, { recipients, envelope, text }, lease, mayStartAnew)
        },
      )
    } finally {
      giveBackRoom()
    }
  }

  /** "not-now": the database is away for a moment, which is nothing that the mail should wait its turn for. */
  const prepare = async (
    mail: Claimed,
    permit: Permit<"mail.send">,
  ): Promise<Text | "not-here" | "not-now"> => {
    try {
      const body = (await mail.text()).open(permit)
      return { head: await parts.sign(mail, body, permit), body }
    } catch (error) {
      log.event("sending.not-prepared", { mail: ref(String(mail.mail)), error: failure(error) })
      return error instanceof StoreError && error.temporary ? "not-now" : "not-here"
    }
  }

  return {
    async handOver(mail, signal) {
      mails += 1
      busy.set(mail.domain, (busy.get(mail.domain) ?? 0) + 1)
      try {
        return await handOver(mail, signal)
      } finally {
        mails -= 1
        const left = (busy.get(mail.domain) ?? 1) - 1
        if (left === 0) busy.delete(mail.domain)
        else busy.set(mail.domain, left)
      }
    },
    room: () => Math.max(0, limits.inAll * mailsPerConnection - mails),
    full() {
      const most = limits.perDestination * mailsPerConnection
      return [...busy].filter(([, count]) => count >= most).map(([domain]) => domain)
    },
    close: () => pool.close(),
    async finish() {
      pool.close()
      const all = [...connections].map(({ ended }) => ended)
      const callOff = parts.timer.after(lastMs, () => {
        for (const { session } of connections) session.destroy()
      })
      await Promise.all(all)
      callOff()
    },
  }
}

/** Where something of ours breaks, the connection goes with it: nobody knows what was said on it. */
async function withLease<T>(lease: Lease<Live>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    lease.session.session.destroy()
    lease.drop()
    throw error
  }
}

const done: Course = { again: [], stale: false }
const troubleHere: Failed = { kind: "not-now", why: "trouble-here" }

interface Transaction {
  readonly recipients: readonly ClaimedRecipient[]
  readonly envelope: Envelope
  readonly text: Text
}

async function transact(
  work: InWork,
  { recipients, envelope, text }: Transaction,
  lease: Lease<Live>,
  mayStartAnew: boolean,
): Promise<Course> {
  const { session, contact } = lease.session
  const sent = await session.send(envelope, text)
  const { outcomes, over } = sent
  if (lease.reused && mayStartAnew && isStale(sent)) {
    lease.drop()
    return { again: recipients, stale: true }
  }
  const again: ClaimedRecipient[] = []
  let failed: Failed | undefined
  let wasAnyTaken = false
  for (const [at, recipient] of recipients.entries()) {
    const outcome = outcomes[at]
    if (outcome === undefined) throw new Error("a recipient has no outcome")
    if (outcome.kind === "left-over") {
      again.push(recipient)
      continue
    }
    const tried = triedOf(outcome, sent, contact)
    work.tried.set(recipient.no, tried)
    if (tried.kind === "handed-over") wasAnyTaken = true
    else failed ??= tried
  }
  if (over === undefined) lease.giveBack()
  // A far side that ends a connection without having taken anything wants to be left alone for a while.
  else lease.drop(over === "quitting" || wasAnyTaken || lease.reused ? undefined : failed)
  return { again, stale: false }
}

/** The connection was gone before anything of the mail was heard: it says nothing about the mail. */
function isStale({ outcomes, over }: Sent): boolean {
  if (over === undefined) return false
  return outcomes.every(
    outcome =>
      (outcome.kind === "unanswered" && outcome.step === "mail") ||
      (outcome.kind === "refused" && outcome.step === "mail" && outcome.reply.code === 421),
  )
}

function settle(work: InWork, recipients: readonly ClaimedRecipient[], failed: Failed): void {
  for (const { no } of recipients) work.tried.set(no, failed)
}
