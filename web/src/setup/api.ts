import {
  type CreatedAnswer,
  type InboxAnswer,
  type InvalidAnswer,
  type OpenedMail,
  type PersonForm,
  type Refusal,
  type SetupAnswer,
  sessionHeader,
  type TryEvent,
  tokenHeader,
} from "../../../server/src/doors/http/setup-api.ts"

export type * from "../../../server/src/doors/http/setup-api.ts"

/** Why there is no answer: the server's refusal, or none came at all. */
export type Trouble = Refusal | { readonly kind: "unreachable" }
/** `got` carries what a route promises; anything else is trouble. */
export type Answer<T> =
  | { readonly kind: "got"; readonly value: T }
  | { readonly kind: "no"; readonly why: Trouble }

export const askState = (token: string) => ask<SetupAnswer>("state", { headers: { [tokenHeader]: token } })

export const makePerson = (token: string, form: PersonForm) =>
  ask<CreatedAnswer | InvalidAnswer>("person", {
    method: "POST",
    headers: { [tokenHeader]: token, "content-type": "application/json" },
    body: JSON.stringify(form),
  })

export const listInbox = (session: string) =>
  ask<InboxAnswer>("inbox", { headers: { [sessionHeader]: session } })

export const openMail = (session: string, id: string) =>
  ask<OpenedMail>(`mail/${encodeURIComponent(id)}`, { headers: { [sessionHeader]: session } })

export const leave = (session: string) =>
  ask<undefined>("leave", { method: "POST", headers: { [sessionHeader]: session } })

/** Sends the try mail and tells each event as it comes. Trouble, if any, is what it resolves to. */
export async function tryMail(
  session: string,
  onEvent: (event: TryEvent) => void,
): Promise<Trouble | undefined> {
  const response = await request("try", { method: "POST", headers: { [sessionHeader]: session } })
  if (response === undefined) return { kind: "unreachable" }
  if (!response.ok || response.body === null) return refusalOf(response)
  return readEvents(response.body, onEvent).catch((): Trouble => ({ kind: "unreachable" }))
}

/** The connection may end at any line; only a try that told its end went as it says. */
async function readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onEvent: (event: TryEvent) => void,
): Promise<Trouble | undefined> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  let last: TryEvent | undefined
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + read.value).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) {
      last = JSON.parse(line) as TryEvent // of the door's own build, like every answer
      onEvent(last)
    }
  }
  if (last === undefined || last.kind === "step") return { kind: "unreachable" }
  return last.kind === "broken" ? { kind: "failed" } : undefined
}

async function ask<T>(route: string, init: RequestInit): Promise<Answer<T>> {
  const response = await request(route, init)
  if (response === undefined) return { kind: "no", why: { kind: "unreachable" } }
  if (!response.ok && response.status !== 422) return { kind: "no", why: await refusalOf(response) }
  const text = await response.text()
  // The page and the door are one build: what a good answer holds is setup-api.ts's word.
  return { kind: "got", value: (text === "" ? undefined : JSON.parse(text)) as T }
}

/** Undefined when nothing answered: the server is down, or the tunnel to it. */
function request(route: string, init: RequestInit): Promise<Response | undefined> {
  return fetch(`/setup/api/${route}`, { ...init, cache: "no-store", credentials: "omit" }).catch(
    () => undefined,
  )
}

async function refusalOf(response: Response): Promise<Trouble> {
  const body: unknown = await response.json().catch(() => undefined)
  const isRefusal = typeof body === "object" && body !== null && "kind" in body
  return isRefusal ? (body as Refusal) : { kind: "unreachable" } // a proxy's page, not ours
}
