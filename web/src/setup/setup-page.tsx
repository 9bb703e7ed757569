import { useCallback, useEffect, useState } from "react"
import { askState, type SetupAnswer, type Trouble } from "./api.ts"
import { CalmPage } from "./calm-page.tsx"
import { FirstMail } from "./first-mail.tsx"
import { Frame } from "./frame.tsx"
import { Left } from "./left.tsx"
import { NextSteps } from "./next-steps.tsx"
import { RecoveryCode } from "./recovery-code.tsx"
import { Welcome } from "./welcome.tsx"

/** What the account's page needs to know of it; it lives in this tab's memory and nowhere else. */
export interface Person {
  readonly address: string
  /** Gone from memory as soon as it was saved. */
  readonly recoveryCode: string
  readonly session: string
}

type Stage =
  | { readonly at: "asking" }
  | { readonly at: "stopped"; readonly why: Trouble["kind"]; readonly address?: string }
  | { readonly at: "welcome"; readonly offer: SetupAnswer }
  | { readonly at: "recovery"; readonly person: Person }
  | { readonly at: "mail" | "next"; readonly person: Omit<Person, "recoveryCode"> }
  | { readonly at: "left"; readonly address: string }

/** The first run, from the one-time link to a mail that was opened. The link's token is read from after the `#`. */
export function SetupPage() {
  const [stage, setStage] = useState<Stage>({ at: "asking" })

  const start = useCallback(async () => {
    const answer = await askState(tokenInAddress())
    setStage(
      answer.kind === "got"
        ? { at: "welcome", offer: answer.value }
        : { at: "stopped", why: answer.why.kind },
    )
  }, [])

  useEffect(() => void start(), [start])

  // A better link pasted over one that did not fit; never in the middle of things.
  const isStopped = stage.at === "stopped"
  useEffect(() => {
    if (!isStopped) return undefined
    const restart = () => void start()
    window.addEventListener("hashchange", restart)
    return () => window.removeEventListener("hashchange", restart)
  }, [isStopped, start])

  switch (stage.at) {
    case "asking":
      return <Frame step={0} />
    case "stopped":
      return <CalmPage why={stage.why} address={stage.address} onAsk={start} />
    case "welcome":
      return (
        <Welcome
          offer={stage.offer}
          token={tokenInAddress()}
          onStop={why => setStage({ at: "stopped", why })}
          onMade={person => {
            history.replaceState(null, "", "/setup") // the link is used up: let it leave the address bar
            setStage({ at: "recovery", person })
          }}
        />
      )
    case "recovery": {
      const { recoveryCode, ...person } = stage.person
      return (
        <RecoveryCode
          address={person.address}
          code={recoveryCode}
          onSaved={() => setStage({ at: "mail", person })}
        />
      )
    }
    case "mail": {
      const { person } = stage
      return (
        <FirstMail
          person={person}
          onStop={why => setStage({ at: "stopped", why, address: person.address })}
          onNext={() => setStage({ at: "next", person })}
        />
      )
    }
    case "next": {
      const { person } = stage
      return (
        <NextSteps
          person={person}
          onBack={() => setStage({ at: "mail", person })}
          onLeft={() => setStage({ at: "left", address: person.address })}
        />
      )
    }
    case "left":
      return <Left address={stage.address} />
  }
}

function tokenInAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? ""
}
