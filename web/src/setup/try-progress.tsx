import type { TryEvent, TryStep } from "./api.ts"

const stations: readonly (readonly [TryStep, string, string])[] = [
  ["connected", "Connected", "to the SMTP door, as a stranger’s server would"],
  ["accepted", "Accepted by the door", "the door knows your address and takes mail for it"],
  ["screened", "Screened", "checked for forgery and junk"],
  ["sealed", "Sealed", "locked for you, before it was written to disk"],
  ["kept", "Kept", "safely on disk before the door said yes"],
  ["opened", "Opened with your key", "in this session of yours"],
]

interface TryProgressProps {
  readonly events: readonly TryEvent[]
  /** The telling broke off: what was not reached will not come. */
  readonly isBroken: boolean
}

/** The stations of the mail, each ticked when the server says that it was reached. */
export function TryProgress({ events, isBroken }: TryProgressProps) {
  const reached = new Map(
    events.flatMap(event => (event.kind === "step" ? [[event.step, event] as const] : [])),
  )
  const failed = events.find(event => event.kind === "failed")
  const next =
    failed === undefined && !isBroken ? stations.find(([step]) => !reached.has(step))?.[0] : undefined
  return (
    <section aria-label="What became of the mail">
      <ol className="stations" aria-live="polite">
        {stations.map(([step, name, meaning]) => {
          const event = reached.get(step)
          const state =
            event !== undefined
              ? "reached"
              : step === failed?.step
                ? "failed"
                : step === next
                  ? "next"
                  : "ahead"
          return (
            <li key={step} data-state={state}>
              <Mark state={state} />
              <div className="station-words">
                <span className="station-name">
                  {name}
                  <span className="unseen">{spoken[state]}</span>
                </span>
                <span className="station-meaning">
                  {failed?.step === step ? failed.message : (event?.detail ?? meaning)}
                </span>
              </div>
              <span className="station-time">{event !== undefined && `${event.ms} ms`}</span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

type State = "reached" | "failed" | "next" | "ahead"

const spoken: Readonly<Record<State, string>> = {
  reached: ": done",
  failed: ": not reached",
  next: ": under way",
  ahead: ": not yet",
}

function Mark({ state }: { readonly state: State }) {
  return (
    <svg className="station-mark" viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor">
      <circle cx="10" cy="10" r="8.5" strokeWidth="1.5" />
      {state === "reached" && <path d="m6.3 10.3 2.6 2.6 5-5.5" strokeWidth="1.8" strokeLinecap="round" />}
      {state === "failed" && <path d="m7 7 6 6m0-6-6 6" strokeWidth="1.8" strokeLinecap="round" />}
    </svg>
  )
}
