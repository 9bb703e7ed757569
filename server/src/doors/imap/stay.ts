/** A client's time here from sign-in on: its session, its mail, and what wakes it. */
import type { Timers } from "../entrance/index.ts"
import type { House, Session } from "./house.ts"
import type { Desk } from "./serve-visit.ts"

export interface Stay {
  readonly session: Session
  readonly desk: Desk
  /** Resolves when the account has changed since the last `wait`, or after `ms`; `forget` it when nobody waits. */
  wait(timers: Timers, ms: number): { readonly woken: Promise<"news" | "time">; readonly forget: () => void }
  /** Ends the session and all that works for it; once or more. */
  end(): void
}

type Parts = Pick<House, "openMail" | "onChange" | "privacy" | "clock" | "visitors">

/** The account has been counted in; `end` counts it out. */
export function beginStay(parts: Parts, session: Session): Stay {
  const { openMail, onChange, privacy, clock, visitors } = parts
  const abort = new AbortController()
  const desk: Desk = {
    visit: {
      mail: openMail(session),
      enabled: new Set(),
      privacy,
      signal: abort.signal,
      now: () => clock.now(),
    },
    selected: undefined,
  }
  let changed = false
  let wake: (() => void) | undefined
  const stopListening = onChange(session.account, modseq => {
    changed = true
    desk.selected?.changed(modseq)
    wake?.()
  })
  let ended = false

  return {
    session,
    desk,
    wait(timers, ms) {
      let callOff = (): void => undefined
      const woken = new Promise<"news" | "time">(resolve => {
        const tell = (): void => {
          changed = false
          resolve("news")
        }
        callOff = timers.after(ms, () => resolve("time"))
        wake = tell
        if (changed) tell()
      })
      const forget = (): void => {
        callOff()
        wake = undefined
      }
      return { woken, forget }
    },
    end() {
      if (ended) return
      ended = true
      abort.abort()
      stopListening()
      desk.selected = undefined
      session.close()
      visitors.leave(session.account)
    },
  }
}
