import { Button, Checkbox } from "@mantine/core"
import { type FormEvent, useEffect, useState } from "react"
import { CopyButton } from "./copy-button.tsx"
import { Frame } from "./frame.tsx"

interface RecoveryCodeProps {
  readonly address: string
  readonly code: string
  readonly onSaved: () => void
}

/** The one time that the code is seen. Leaving the page before it is saved asks whether that is meant. */
export function RecoveryCode({ address, code, onSaved }: RecoveryCodeProps) {
  const [isSaved, setSaved] = useState(false)
  const [error, setError] = useState<string>()

  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener("beforeunload", ask)
    return () => window.removeEventListener("beforeunload", ask)
  }, [])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isSaved) return onSaved()
    setError("Save the code first: it is shown only now.")
    document.getElementById("saved")?.focus()
  }

  return (
    <Frame step={2} title="Keep this code safe">
      <p className="lead">
        If you forget your password, this code opens your mail and lets you choose a new one. It is shown
        once, now.
      </p>
      <section className="code-card" aria-label="Recovery code">
        <p className="code-card-for">
          Letterkeep recovery code for <b>{address}</b>
        </p>
        <p className="code" data-testid="recovery-code">
          {code}
        </p>
      </section>
      <div className="actions code-actions">
        <CopyButton text={code} label="Copy" />
        <Button variant="default" onClick={() => window.print()}>
          Print
        </Button>
        <Button variant="default" onClick={() => download(address, code)}>
          Download
        </Button>
      </div>
      <div className="plain-words">
        <p>
          Your mail is locked with a key of its own. Two things open it: your password, and this code. The
          server keeps a copy of neither, so nobody can look them up for you.
        </p>
        <p>
          <b>If you lose both, your mail is lost for good.</b> An administrator can let you in again for new
          mail, but what came before stays closed.
        </p>
        <p>
          A sheet of paper in a drawer, or a password manager, are good places. Your mail is not. Should the
          code get lost while you know your password,{" "}
          <code>./letterkeep account recovery-code {address}</code> makes a new one.
        </p>
      </div>
      <form onSubmit={submit} className="form" noValidate>
        <Checkbox
          id="saved"
          label="I have saved the code"
          checked={isSaved}
          onChange={event => {
            setSaved(event.currentTarget.checked)
            setError(undefined)
          }}
          error={error}
        />
        <div className="actions">
          <Button type="submit" size="md">
            Continue
          </Button>
        </div>
      </form>
    </Frame>
  )
}

function download(address: string, code: string): void {
  const text = `Letterkeep recovery code for ${address}\n\n${code}\n\nIt opens your mail if you forget your password. Keep it apart from this computer.\n`
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }))
  link.download = `letterkeep-recovery-code-${address.replace(/[^\w.-]+/g, "-")}.txt`
  link.click()
  URL.revokeObjectURL(link.href)
}
