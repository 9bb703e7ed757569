import { Button } from "@mantine/core"
import { useCallback, useEffect, useState } from "react"
import {
  type Listed,
  listInbox,
  type OpenedMail,
  openMail,
  type Trouble,
  type TryEvent,
  tryMail,
} from "./api.ts"
import { Frame } from "./frame.tsx"
import { InboxList } from "./inbox-list.tsx"
import { Notice } from "./notice.tsx"
import { OpenedMailCard } from "./opened-mail.tsx"
import type { Person } from "./setup-page.tsx"
import { TryProgress } from "./try-progress.tsx"

interface FirstMailProps {
  readonly person: Omit<Person, "recoveryCode">
  readonly onStop: (why: Trouble["kind"]) => void
  readonly onNext: () => void
}

/** The button that sends a real mail through the SMTP door, what becomes of it, and the inbox that it falls into. */
export function FirstMail({ person, onStop, onNext }: FirstMailProps) {
  const { session, address } = person
  const [events, setEvents] = useState<readonly TryEvent[]>()
  const [isSending, setSending] = useState(false)
  const [mails, setMails] = useState<readonly Listed[]>([])
  const [opened, setOpened] = useState<OpenedMail>()
  const [trouble, setTrouble] = useState<string>()

  const meet = useCallback(
    (why: Trouble) => (endsHere.has(why.kind) ? onStop(why.kind) : setTrouble(sentenceFor(why))),
    [onStop],
  )

  const refresh = useCallback(async () => {
    const answer = await listInbox(session)
    if (answer.kind === "got") setMails(answer.value.mails)
    else meet(answer.why)
  }, [session, meet])

  useEffect(() => void refresh(), [refresh])

  const send = async () => {
    if (isSending) return
    setSending(true)
    setTrouble(undefined)
    setOpened(undefined)
    setEvents([])
    const why = await tryMail(session, event => {
      setEvents(before => [...(before ?? []), event])
      if (event.kind === "mail") setOpened(event.mail)
    })
    setSending(false)
    if (why !== undefined) return meet(why)
    await refresh()
  }

  const open = async (id: string) => {
    setTrouble(undefined)
    const answer = await openMail(session, id)
    if (answer.kind === "got") setOpened(answer.value)
    else meet(answer.why)
  }

  return (
    <Frame step={3} title="Send yourself a mail">
      <p className="lead">
        This sends a real mail to <b>{address}</b>, through the same door that strangers’ mail servers knock
        at. Watch it come in, be sealed, and be opened with your key.
      </p>
      <div className="actions">
        <Button size="md" onClick={send} variant={mails.length > 0 ? "default" : "filled"}>
          {isSending ? "Sending…" : mails.length > 0 ? "Send me another mail" : "Send me a mail"}
        </Button>
        {mails.length > 0 && (
          <Button size="md" onClick={onNext}>
            Next steps
          </Button>
        )}
      </div>
      <Notice text={trouble} />
      {events !== undefined && <TryProgress events={events} isBroken={trouble !== undefined} />}
      {opened !== undefined && <OpenedMailCard mail={opened} />}
      {mails.length > 0 && <InboxList mails={mails} openId={opened?.id} onOpen={open} />}
      {mails.length === 0 && (
        <p>
          <button type="button" className="text-button" onClick={onNext}>
            Skip this
          </button>
        </p>
      )}
    </Frame>
  )
}

const endsHere: ReadonlySet<Trouble["kind"]> = new Set(["session-over", "wrong-host"])

function sentenceFor(why: Trouble): string {
  if (why.kind === "unreachable") return "The server did not answer. Look whether it runs, and try again."
  if (why.kind === "busy") return "A mail is on its way already. Try again in a moment."
  if (why.kind === "not-found") return "This mail is no longer there."
  return "Something went wrong in the server; its log says what. You can try again."
}
