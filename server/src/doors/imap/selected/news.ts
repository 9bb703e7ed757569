/**
 * News of the open mailbox: what changed in it since the client was last told, from this server's other connections
 * and from deliveries (RFC 9051 §5.2, §7.5.1). EXPUNGE, or VANISHED for QRESYNC, usually comes first, then EXISTS, then flags.
 */
import type { Mail } from "../../../messages/index.ts"
import type { MailboxId } from "../../../store/ids.ts"
import type { Answer, Feature, NewsHow, Out } from "../handler.ts"
import { flagsResponse, tellRows, tellsModseq } from "./flags-response.ts"
import type { Absorbed, Known } from "./known.ts"
import { tellHighest, tellNewest } from "./open-mailbox.ts"
import { runsOf, tellVanished } from "./vanished-since.ts"

export interface NewsParts {
  readonly mail: Pick<Mail, "changes" | "snapshot">
  readonly id: MailboxId
  readonly known: Known
  readonly enabled: ReadonlySet<Feature>
  readonly readOnly: boolean
}

/** `arrivalsFirst`: what came takes the place of what has gone, and is told before it. */
type News = NewsHow & { readonly arrivalsFirst?: boolean }

/** "gone": the mailbox was deleted. */
export async function tellNews(parts: NewsParts, out: Out, how: News): Promise<"told" | "gone"> {
  const { known, enabled, readOnly } = parts
  const modseq = tellsModseq(enabled)
  // RFC 7162 §3.2: a MODSEQ that was written is the client's to come back with, so what came before it is told too.
  const isPast = modseq && known.claims.isPast(known.told)
  const absorbed = how.look || known.hasHeard || isPast ? await ask(parts) : nothing
  if (absorbed === "gone") return "gone"
  const tellArrivals = (): void => {
    if (absorbed.arrived) out.write(`* ${known.numbering.count} EXISTS\r\n`)
  }
  if (how.arrivalsFirst) tellArrivals()
  if (how.expunges) await tellGone(known, out, enabled.has("QRESYNC"))
  if (!how.arrivalsFirst) tellArrivals()
  await tellRows(known, out, absorbed.changed, readOnly, (number, row) => flagsResponse(number, row, modseq))
  // STATUS may have turned CONDSTORE on.
  tellNewest(parts, out)
  tellHighest(parts, out)
  return "told"
}

const nothing: Absorbed = { changed: [], arrived: false }

async function ask({ mail, id, known }: NewsParts): Promise<Absorbed | "gone"> {
  const { hints } = known
  const changes = await mail.changes(id, known.told)
  if ("kind" in changes) return "gone"
  if (changes.complete) return known.absorb(changes, hints)
  // The log of changes does not reach back so far: whatever is not there has gone.
  const snapshot = await mail.snapshot(id)
  return snapshot === undefined ? "gone" : known.absorb(changes, hints, snapshot.uids)
}

/** Of messages that this connection has itself removed: what has gone, and up to where the client knows the mailbox. */
export async function tellRemoved(
  parts: NewsParts,
  out: Out,
  text: string,
  arrivalsFirst = false,
): Promise<Answer> {
  const { known, enabled } = parts
  if (!tellsModseq(enabled) && !arrivalsFirst) {
    await tellGone(known, out, false)
    return { kind: "ok", text }
  }
  // RFC 7162 §3.2.7: up to where the client knows the mailbox now, so it has to be told all that came before.
  const told = await tellNews(parts, out, { expunges: true, look: true, arrivalsFirst })
  if (told === "gone" || !tellsModseq(enabled)) return { kind: "ok", text }
  return { kind: "ok", code: `HIGHESTMODSEQ ${known.toldInFull}`, text }
}

/** Takes the numbers of what has gone away, and tells of it. */
export async function tellGone(known: Known, out: Out, vanished: boolean): Promise<void> {
  if (!known.hasGone) return
  const { uids, numbers } = known.takeGone()
  // RFC 7162 §3.2.10: a client that has enabled QRESYNC is told by UID.
  if (vanished) await tellVanished("VANISHED", out, runsOf(uids))
  else await tellNumbers(out, numbers)
}

/** Numbers written at once. */
const numbersAtOnce = 1_000

/** From the last: each still has the number that the client knows (RFC 9051 §7.5.1). */
async function tellNumbers(out: Out, numbers: readonly number[]): Promise<void> {
  let text = ""
  for (let index = numbers.length - 1; index >= 0; index--) {
    text += `* ${numbers[index]} EXPUNGE\r\n`
    if (index % numbersAtOnce !== 0) continue
    out.write(text)
    text = ""
    if (out.isFull) await out.drained()
  }
}
