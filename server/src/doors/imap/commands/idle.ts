/**
 * IDLE (RFC 9051 §6.3.13): the client waits, and is told at once what is new. A word from time to time keeps routers
 * on the way from forgetting the connection.
 */
import type { Answer, Out } from "../handler.ts"

export interface Idling {
  readonly out: Pick<Out, "write" | "drained">
  /** The client's next line, which ends the idling. */
  readonly line: () => Promise<Buffer>
  /** Resolves when something may have changed since it was asked last, or when it is time for a word. */
  readonly wait: () => { readonly woken: Promise<"news" | "time">; readonly forget: () => void }
  /** Marks the time in which the client has the word. */
  readonly awaitTheirs: <T>(work: () => Promise<T>) => Promise<T>
  readonly tellNews: () => Promise<void>
}

export async function idle({ out, line, wait, awaitTheirs, tellNews }: Idling): Promise<Answer> {
  out.write("+ You will hear\r\n")
  const said = line().then(text => ({ text }))
  // Its failure is heard where it is waited for. It may come before that, while news are asked for; and where they
  // fail first, nobody waits for it any more.
  said.catch(() => undefined)
  await tellNews()
  for (;;) {
    await out.drained()
    const { woken, forget } = wait()
    const event = await awaitTheirs(() => Promise.race([said, woken])).finally(forget)
    if (event === "news") await tellNews()
    else if (event === "time") out.write("* OK Still here\r\n")
    else if (event.text.toString("latin1").toUpperCase() === "DONE") return { kind: "ok", text: "Done" }
    else return { kind: "bad", text: "IDLE ends with DONE" }
  }
}
