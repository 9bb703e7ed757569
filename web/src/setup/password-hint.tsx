import { strengthOf } from "./password-strength.ts"

interface PasswordHintProps {
  readonly password: string
  readonly minimum: number
  readonly ownWords: readonly string[]
}

const marks = { weak: 1, fair: 2, good: 3, strong: 4 } as const

/** Says in words what the four marks show; the marks alone would tell by colour. */
export function PasswordHint({ password, minimum, ownWords }: PasswordHintProps) {
  const length = [...password].length
  const missing = minimum - length
  const strength = strengthOf(password, ownWords)
  const level = missing > 0 ? "weak" : strength.level
  const words = missing > 0 ? `${missing} more to go.` : strength.words
  return (
    <div className="hint" data-level={length === 0 ? "none" : level}>
      <div className="hint-marks" aria-hidden="true">
        {[1, 2, 3, 4].map(mark => (
          <span key={mark} data-on={length > 0 && mark <= marks[level]} />
        ))}
      </div>
      <output className="hint-words" aria-live="polite">
        {length === 0 ? "" : words}
      </output>
    </div>
  )
}
