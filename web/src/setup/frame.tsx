import { type ReactNode, useEffect, useRef } from "react"
import { Wordmark } from "../brand/wordmark.tsx"

const stepNames = ["You", "Recovery code", "First mail", "Next steps"] as const

interface FrameProps {
  /** 1 to 4; 0 where there are no steps to show. */
  readonly step: 0 | 1 | 2 | 3 | 4
  readonly title?: string
  readonly children?: ReactNode
}

/** The sheet that every page lies on. A new title takes the focus, so that the keyboard and a reader follow. */
export function Frame({ step, title, children }: FrameProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = title === undefined ? "Letterkeep" : `${title} – Letterkeep`
    heading.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [title])

  return (
    <div className="frame">
      <header className="frame-head">
        <Wordmark />
        {step > 0 && <StepTrail step={step} />}
      </header>
      <main className="sheet" aria-busy={title === undefined}>
        {title !== undefined && (
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        )}
        {children}
      </main>
      <footer className="frame-foot">
        Everything on this page comes from your own server. <a href="/privacy">Privacy policy</a>
      </footer>
    </div>
  )
}

function StepTrail({ step }: { readonly step: number }) {
  return (
    <nav aria-label="Steps of the set-up">
      <ol className="trail">
        {stepNames.map((name, index) => (
          <li
            key={name}
            data-state={index + 1 < step ? "past" : index + 1 === step ? "now" : "ahead"}
            aria-current={index + 1 === step ? "step" : undefined}
          >
            <span className="trail-name">{name}</span>
          </li>
        ))}
      </ol>
    </nav>
  )
}
