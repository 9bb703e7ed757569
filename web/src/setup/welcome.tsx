import { Button, PasswordInput, Radio, TextInput } from "@mantine/core"
import { type FormEvent, useRef, useState } from "react"
import { makePerson, type PersonField, type PersonForm, type SetupAnswer, type Trouble } from "./api.ts"
import { Frame } from "./frame.tsx"
import { Notice } from "./notice.tsx"
import { PasswordHint } from "./password-hint.tsx"
import { errorsOf, type FieldErrors } from "./person-rules.ts"
import type { Person } from "./setup-page.tsx"

interface WelcomeProps {
  readonly offer: SetupAnswer
  readonly token: string
  readonly onMade: (person: Person) => void
  readonly onStop: (why: Trouble["kind"]) => void
}

type Entry = Omit<PersonForm, "domain"> & { readonly ownDomain: string; readonly isPlay: boolean }

const emptyEntry: Entry = { organisation: "", localPart: "", password: "", ownDomain: "", isPlay: true }

/** In the order on the page: the first with an error takes the focus. */
const fieldOrder: readonly PersonField[] = ["domain", "localPart", "organisation", "password"]

/** The form that makes the first person. What was typed stays, whatever the answer. */
export function Welcome({ offer, token, onMade, onStop }: WelcomeProps) {
  const [entry, setEntry] = useState(emptyEntry)
  const [errors, setErrors] = useState<FieldErrors>({})
  const [trouble, setTrouble] = useState<string>()
  const [isSending, setSending] = useState(false)
  const formElement = useRef<HTMLFormElement>(null)

  const domain = (entry.isPlay ? offer.playDomain : entry.ownDomain).trim().toLowerCase()
  const localPart = entry.localPart.trim()

  const change = (changed: Partial<Entry>, field: PersonField) => {
    setEntry({ ...entry, ...changed })
    setErrors({ ...errors, [field]: undefined })
  }

  const show = (found: FieldErrors) => {
    setErrors(found)
    const first = fieldOrder.find(field => found[field] !== undefined)
    formElement.current
      ?.querySelector<HTMLElement>(`[name="${first === "domain" && entry.isPlay ? "where" : first}"]`)
      ?.focus()
  }

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (isSending) return
    setTrouble(undefined)
    const form = { organisation: entry.organisation.trim(), domain, localPart, password: entry.password }
    const found = errorsOf(form, offer.passwordMinimum)
    if (Object.keys(found).length > 0) return show(found)
    setSending(true)
    const answer = await makePerson(token, form)
    setSending(false)
    if (answer.kind === "no") {
      const sentence = mendable[answer.why.kind]
      return sentence === undefined ? onStop(answer.why.kind) : setTrouble(sentence)
    }
    if (answer.value.kind === "invalid") return show({ [answer.value.field]: answer.value.message })
    onMade(answer.value)
  }

  return (
    <Frame step={1} title="Welcome to Letterkeep">
      <p className="lead">
        Your server is running. Let us make its first person: the one who looks after it, and gets its first
        mail.
      </p>
      <form ref={formElement} onSubmit={submit} noValidate className="form">
        <Radio.Group
          label="Where should your mail be addressed?"
          value={entry.isPlay ? "play" : "own"}
          onChange={value => change({ isPlay: value === "play" }, "domain")}
          error={entry.isPlay ? errors.domain : undefined}
        >
          <div className="choices">
            <Radio
              name="where"
              value="play"
              label="A place to try things"
              description={
                <>
                  <b>{offer.playDomain}</b> reaches nobody outside this machine. You can add your own domain
                  later.
                </>
              }
            />
            <Radio
              name="where"
              value="own"
              label="My own domain"
              description="Mail reaches you once its MX record in the DNS names this server."
            />
          </div>
        </Radio.Group>
        {!entry.isPlay && (
          <TextInput
            name="domain"
            label="Domain"
            placeholder="example.org"
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            inputMode="url"
            maxLength={253}
            value={entry.ownDomain}
            onChange={event => change({ ownDomain: event.currentTarget.value }, "domain")}
            error={errors.domain}
          />
        )}
        <TextInput
          name="localPart"
          label="Your address"
          description={
            localPart !== "" && domain !== ""
              ? `Mail will reach you at ${localPart}@${domain}`
              : "The part before the @: your name, or what people call you."
          }
          autoCapitalize="none"
          autoComplete="username"
          spellCheck={false}
          maxLength={64}
          value={entry.localPart}
          onChange={event => change({ localPart: event.currentTarget.value }, "localPart")}
          error={errors.localPart}
        />
        <TextInput
          name="organisation"
          label="Name of your organisation (optional)"
          description="A household, a club, a company. It is seen by its own people only."
          autoComplete="organization"
          maxLength={200}
          value={entry.organisation}
          onChange={event => change({ organisation: event.currentTarget.value }, "organisation")}
          error={errors.organisation}
        />
        <div>
          <PasswordInput
            name="password"
            label="Password"
            description={`At least ${offer.passwordMinimum} characters of any kind, spaces too. A few words that only you would put together are better than one hard word.`}
            autoComplete="new-password"
            maxLength={1_024}
            value={entry.password}
            onChange={event => change({ password: event.currentTarget.value }, "password")}
            error={errors.password}
            visibilityToggleFocusable
            visibilityToggleButtonProps={{ "aria-label": "Show the password" }}
          />
          {errors.password === undefined && (
            <PasswordHint
              password={entry.password}
              minimum={offer.passwordMinimum}
              ownWords={[localPart, entry.organisation, domain.split(".")[0] ?? ""]}
            />
          )}
        </div>
        <p className="quiet">
          Your mail lies on the server’s disk sealed, and this password opens the seal: at rest, nobody can
          read it without you, nor give it back to you. The next page has a second way in.
        </p>
        <Notice text={trouble} />
        <div className="actions">
          <Button type="submit" size="md">
            {isSending ? "Making your account…" : "Make my account"}
          </Button>
        </div>
      </form>
    </Frame>
  )
}

/** What trying again can mend stays on the form; all else is a page of its own. */
const mendable: { readonly [kind in Trouble["kind"]]?: string } = {
  unreachable:
    "The server did not answer. Nothing is lost: look whether it runs, and press the button again.",
  "not-ready": "The server is still starting. Nothing is lost: press the button again in a moment.",
  "slow-down": "The server asks for a pause. Press the button again in a few seconds.",
  busy: "The server is making this account already. Press the button again in a moment.",
  malformed: "The server could not read the form. Look for unusual characters and press the button again.",
  failed:
    "Something went wrong in the server; its log says what. Nothing is lost: you can press the button again.",
}
