/**
 * `./letterkeep sieve try FILE MESSAGE`: what a mail filter would do with a message in a file, and why, line by line.
 * Nothing is done, and no server is asked; so of mailboxes and of what was there before nothing is known, and it says
 * so where the filter asks.
 */
import { addressText, mailboxesOf, parseAddressList, scanMessage } from "@letterkeep/mime"
import {
  checkScript,
  faultText,
  runScript,
  type SieveMessage,
  scriptText,
  sieveMessage,
  traceText,
  type World,
} from "@letterkeep/sieve"
import { scriptFileLimit } from "./check-sieve.ts"
import type { HereReport } from "./here.ts"
import { readSome } from "./read-some.ts"
import { UsageError } from "./usage-error.ts"

/** Octets of the largest message that is tried. */
const messageLimit = 64 * 1024 * 1024

export interface TryOptions {
  readonly file: string
  readonly message: string
  /** The envelope's addresses; without them the message's own are taken. */
  readonly from: string | undefined
  readonly to: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Throws UsageError where a file cannot be read, or where it is not clear whom the message is for. */
export async function trySieve({ file, message, from, to, now }: TryOptions): Promise<HereReport> {
  const read = scriptText(await readSome(file, scriptFileLimit, "a filter"))
  const checked = read.kind === "text" ? checkScript(read.text) : undefined
  if (read.kind === "faulty" || checked?.kind !== "script") {
    const faults = read.kind === "faulty" ? [read.fault] : checked?.kind === "faulty" ? checked.faults : []
    const text = faults.map(fault => `${file}: ${faultText(fault)}`).join("\n")
    return { fine: false, text, value: { fine: false, faults } }
  }
  const seen = sieveMessage(scanMessage(await readSome(message, messageLimit, "a message")))
  const envelope = {
    from: from ?? firstOf(seen, ["return-path", "from"]) ?? "",
    to: to ?? firstOf(seen, ["to"]),
  }
  if (envelope.to === undefined)
    throw new UsageError("the message names nobody that it is for: add --to ADDRESS")
  const asked = new Set<string>()
  const outcome = await runScript(checked.script, {
    message: seen,
    envelope: { from: envelope.from, to: envelope.to },
    world: worldAt(now, asked),
  })
  const { actions, trace } = outcome
  const text = [`from <${envelope.from}> to <${envelope.to}>`, traceText(trace), ...asked].join("\n")
  const fault = outcome.kind === "failed" ? { fault: outcome.fault } : {}
  const fine = outcome.kind === "finished"
  return { fine, text, value: { fine, envelope, actions, trace, assumed: [...asked], ...fault } }
}

function firstOf(message: SieveMessage, names: readonly string[]): string | undefined {
  const [first] = names
    .flatMap(name => message.fields(name))
    .flatMap(field => mailboxesOf(parseAddressList(field.raw)))
  return first === undefined ? undefined : addressText(first)
}

function worldAt(now: number, asked: Set<string>): World {
  const no = (sentence: string) => () => {
    asked.add(`note: ${sentence}`)
    return false
  }
  return {
    now,
    offsetAt: ms => -new Date(ms).getTimezoneOffset(),
    mailboxExists: no("which mailboxes there are is not known here; none was taken to be there"),
    specialUseExists: no("which mailboxes are special is not known here; none was taken to be"),
    isDuplicate: no("what came before is not known here; the message was taken for new"),
    hasReplied: no("who had a reply before is not known here; nobody was taken to"),
    ownAddresses: [],
    detailSeparator: "+",
  }
}
