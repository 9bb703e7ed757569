/**
 * The page that checks a person's ledger file, by itself: see page.html. It is built into one file without references
 * (build/ledger-page.ts), and asks no network for anything.
 */
import type { ProofFile } from "../../../server/src/privacy/ledger/proof-file.ts"
import { checkProof, type FileVerdict } from "./check-proof.ts"
import { maxFileBytes, readProofFile } from "./read-proof-file.ts"
import { eventItem, make, refusal, verdictOf } from "./show.ts"

/** Entries that are put on the page at once. */
const pageful = 200

const verdictPlace = part("verdict")
const events = part("events")
const list = part("list")
const more = part("more")
const input = part("file")
/** Counts the files that were chosen, so that an older one that takes longer shows nothing. */
let turn = 0

input.addEventListener("change", () => {
  if (input instanceof HTMLInputElement) void take(input.files?.[0])
})
for (const name of ["dragover", "dragleave", "drop"])
  document.addEventListener(name, event => {
    event.preventDefault()
    document.body.classList.toggle("dropping", name === "dragover")
    if (name === "drop" && event instanceof DragEvent) void take(event.dataTransfer?.files[0])
  })

async function take(chosen: File | undefined): Promise<void> {
  if (chosen === undefined) return
  turn += 1
  const own = turn
  events.hidden = true
  list.replaceChildren()
  verdictPlace.replaceChildren(make("p", "quiet", "Checking…"))
  const shown = await check(chosen)
  if (own !== turn) return
  verdictPlace.replaceChildren(shown.verdict)
  if (shown.file !== undefined && shown.checked !== undefined) showEvents(shown.file, shown.checked)
}

interface Shown {
  readonly verdict: HTMLElement
  readonly file?: ProofFile
  readonly checked?: FileVerdict
}

async function check(chosen: File): Promise<Shown> {
  if (chosen.size > maxFileBytes) return { verdict: refusal("too-large") }
  const text = await chosen.text().catch(() => undefined) // it may be gone from the disk: the reader is told
  if (text === undefined) return { verdict: refusal("unreadable") }
  const file = readProofFile(text)
  if (file === undefined) return { verdict: refusal("not-a-proof") }
  if (globalThis.crypto?.subtle === undefined) return { verdict: refusal("browser-too-old") }
  const bar = document.createElement("progress")
  bar.setAttribute("aria-label", "Checked so far")
  bar.max = file.events.length
  verdictPlace.append(bar)
  const checked = await checkProof(file, knownKey(), done => {
    bar.value = done
  })
  return { verdict: verdictOf(file, checked), file, checked }
}

/** Newest first; nothing of a file whose signature does not hold. */
function showEvents(file: ProofFile, checked: FileVerdict): void {
  if (checked.kind === "refused" || file.events.length === 0) return
  const left = file.events.map((event, at) => ({ event, verdict: checked.events[at] })).reverse()
  const showMore = () => {
    const items = left
      .splice(0, pageful)
      .flatMap(({ event, verdict }) => (verdict === undefined ? [] : [eventItem(event, verdict)]))
    list.append(...items)
    more.hidden = left.length === 0
    more.textContent = `Show more (${left.length.toLocaleString()} older)`
    return items
  }
  showMore()
  more.onclick = () => {
    const [first] = showMore()
    first?.setAttribute("tabindex", "-1")
    first?.focus()
  }
  events.hidden = false
}

/** The key of the server that gave out this page; a page that was only built has none. */
function knownKey(): string {
  return document.querySelector('meta[name="letterkeep-ledger-key"]')?.getAttribute("content") ?? ""
}

function part(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`page.html has no #${id}`)
  return found
}
