/**
 * What a filter would do with mail that is there, one message after the other in the order in which they came; nothing is
 * done, and what it would have to remember it remembers for the length of the trial. On arrival it sees the same: a
 * message is kept with what was written above it.
 */
import { setImmediate as nextTurn } from "node:timers/promises"
import { addressText, mailboxesOf, parseAddressList, scanMessage } from "@letterkeep/mime"
import {
  runScript,
  type SieveAction,
  type SieveMessage,
  type SieveScript,
  sieveMessage,
  type TraceEntry,
} from "@letterkeep/sieve"
import { type Places, readOwnTrace } from "../../messages/index.ts"
import { arrivalLimits } from "./limits.ts"
import { seenMessage } from "./seen-message.ts"
import { answerKey } from "./world.ts"

export interface DryRunWish {
  readonly script: SieveScript
  readonly places: Places
  /** Of the account, the first one its own. */
  readonly ownAddresses: readonly string[]
}

export interface DryMessage {
  /** With what was written above it. */
  readonly bytes: Buffer
  /** Screening put it into Junk. */
  readonly isJunk: boolean
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

export interface Tried {
  /** Something else is done than without a filter. */
  readonly isTouched: boolean
  /** What would be done, a few words each. */
  readonly does: readonly string[]
  readonly trace: readonly TraceEntry[]
}

export function createDryRun(wish: DryRunWish): (message: DryMessage) => Promise<Tried> {
  /** When each is forgotten. */
  const remembered = new Map<string, number>()
  const keyOf = (...values: readonly (string | undefined)[]): string =>
    JSON.stringify(values.map(value => value ?? null))
  return async ({ bytes, isJunk, receivedAt: now }) => {
    const message = sieveMessage(scanMessage(bytes))
    const { traceBytes } = readOwnTrace(bytes)
    const seen =
      traceBytes === 0
        ? seenMessage(nothing, message)
        : seenMessage(
            sieveMessage(scanMessage(bytes.subarray(0, traceBytes))),
            sieveMessage(scanMessage(bytes.subarray(traceBytes))),
          )
    const isKnown = (key: string): boolean => (remembered.get(key) ?? 0) > now
    const outcome = await runScript(wish.script, {
      message: seen.message,
      envelope: envelopeOf(message, wish.ownAddresses[0] ?? ""),
      world: {
        now,
        offsetAt: ms => -new Date(ms).getTimezoneOffset(),
        mailboxExists: name => wish.places.find(name) !== undefined,
        specialUseExists(attribute, mailbox) {
          const found = wish.places.withUse(attribute)
          return found !== undefined && (mailbox === undefined || wish.places.find(mailbox)?.id === found.id)
        },
        isDuplicate: ({ handle, id }) => isKnown(keyOf("duplicate", handle, id)),
        hasReplied: ({ handle, to }) => isKnown(keyOf("answer", ...answerKey(handle, to))),
        ownAddresses: wish.ownAddresses,
        detailSeparator: "+",
      },
      limits: arrivalLimits,
      rest: nextTurn,
    })
    const { actions, trace } = outcome
    if (outcome.kind === "finished")
      for (const { handle, id, seconds } of outcome.remember)
        remembered.set(keyOf("duplicate", handle, id), now + seconds * 1000)
    for (const action of actions)
      if (action.kind === "vacation")
        remembered.set(keyOf("answer", ...answerKey(action.handle, action.to)), now + action.seconds * 1000)
    const leftInJunk = isJunk && !seen.knowsVerdict()
    const failed = outcome.kind === "failed" ? [`fails (${outcome.fault.text}) and is kept`] : []
    const does = [...failed, ...new Set(actions.flatMap(action => wordsFor(action, leftInJunk)))]
    return { isTouched: does.length > 0, does, trace }
  }
}

/** Nothing was written above a message that was put here. */
const nothing: SieveMessage = { size: 0, fields: () => [], body: () => [] }

/** In a list; nothing for what is done without a filter too. */
function wordsFor(action: SieveAction, leftInJunk: boolean): readonly string[] {
  switch (action.kind) {
    case "keep":
    case "fileinto": {
      const flags = action.flags.length === 0 ? "" : `, marked ${action.flags.join(" ")}`
      if (action.kind === "fileinto")
        return leftInJunk ? [`stays in Junk${flags}`] : [`goes into ${action.mailbox}${flags}`]
      return flags === "" ? [] : [`is kept${flags}`]
    }
    case "discard":
      return ["is thrown away"]
    case "redirect":
      return leftInJunk ? ["stays in Junk"] : [`goes on to ${action.address}`]
    case "reject":
      return ["is refused"]
    case "vacation":
      return leftInJunk ? [] : ["is answered"]
  }
}

/** From what was written above it; a message that was put here says less, and then the account's own address stands in. */
function envelopeOf(
  message: SieveMessage,
  ownAddress: string,
): { readonly from: string; readonly to: string } {
  const [path] = message.fields("return-path")
  const [from] = mailboxesOf(parseAddressList(path?.raw ?? ""))
  const [, named] = /\bfor <([^<>\s]+)>;/.exec(message.fields("received")[0]?.raw ?? "") ?? []
  return { from: from === undefined ? "" : addressText(from), to: named ?? ownAddress }
}
