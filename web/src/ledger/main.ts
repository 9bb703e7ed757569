/**
 * The page that checks a person's ledger file, by itself: see page.html. It is built into one file without references
 * (build/ledger-page.ts), and asks no network for anything.
 */
import { type CheckedFile, checkFile } from "./check-file.ts"
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
  const shown = await check(chosen, () => own === turn)
  if (own !== turn) return
  verdictPlace.replaceChildren(shown.verdict)
  if (shown.checked !== undefined) await showEvents(chosen, shown.checked, () => own === turn)
}

interface Shown {
  readonly verdict: HTMLElement
  readonly checked?: CheckedFile
}

async function check(chosen: File, isWanted: () => boolean): Promise<Shown> {
  if (globalThis.crypto?.subtle === undefined) return { verdict: refusal("browser-too-old") }
  const bar = document.createElement("progress")
  bar.setAttribute("aria-label", "Checked so far")
  bar.max = chosen.size
  bar.value = 0
  verdictPlace.append(bar)
  const onRead = (octets: number): void => {
    bar.value = octets
  }
  // it may be gone from the disk, or be written anew meanwhile: the reader is told
  const checked = await checkFile(chosen, knownKey(), { onRead, isWanted }).catch(() => undefined)
  if (checked === undefined || checked.kind === "given-up") return { verdict: refusal("unreadable") }
  if (checked.kind === "refused") return { verdict: refusal(checked.why) }
  return { verdict: verdictOf(checked), checked }
}

/** Newest first; nothing of a file whose signature does not hold. */
async function showEvents(chosen: File, checked: CheckedFile, isWanted: () => boolean): Promise<void> {
  const { entries } = checked
  if (entries.count === 0) return
  let left = entries.count
  const showMore = async (): Promise<Element | undefined> => {
    const from = Math.max(0, left - pageful)
    const items = await itemsOf(chosen, checked, from, left)
    if (!isWanted()) return undefined
    if (items === undefined) {
      verdictPlace.replaceChildren(refusal("unreadable"))
      more.hidden = true
      return undefined
    }
    list.append(...items)
    left = from
    more.hidden = left === 0
    more.textContent = `Show more (${left.toLocaleString()} older)`
    return items[0]
  }
  const pressed = async (): Promise<void> => {
    more.onclick = null // one after the other
    const first = await showMore()
    first?.setAttribute("tabindex", "-1")
    if (first instanceof HTMLElement) first.focus()
    more.onclick = () => void pressed()
  }
  await showMore()
  if (!isWanted()) return
  more.onclick = () => void pressed()
  events.hidden = false
}

/** Read from the file once more, and checked once more: it may have been written anew. Newest first. */
async function itemsOf(
  chosen: File,
  { entries, checker }: CheckedFile,
  from: number,
  to: number,
): Promise<readonly HTMLElement[] | undefined> {
  const read = await entries.read(chosen, from, to).catch(() => undefined) // the reader is told
  if (read === undefined) return undefined
  const items = await Promise.all(
    read.map(async (event, at) => {
      const verdict = entries.verdictAt(from + at)
      return eventItem(event, verdict.kind === "wrong" ? verdict : await checker.checkAgain(event))
    }),
  )
  return items.reverse()
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
