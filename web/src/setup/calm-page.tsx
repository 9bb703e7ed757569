import { Button } from "@mantine/core"
import { type ReactNode, useEffect } from "react"
import type { Trouble } from "./api.ts"
import { Frame } from "./frame.tsx"

interface CalmPageProps {
  readonly why: Trouble["kind"]
  /** Known when a session has ended. */
  readonly address: string | undefined
  readonly onAsk: () => void
}

const askAgainMs = 3_000

/** Where the way ends: what happened, what it means, and what can be done. */
export function CalmPage({ why, address, onAsk }: CalmPageProps) {
  const page = pages[why]
  const asksAgain = page.asksAgain === true
  useEffect(() => {
    if (!asksAgain) return undefined
    const timer = setInterval(onAsk, askAgainMs)
    return () => clearInterval(timer)
  }, [asksAgain, onAsk])

  return (
    <Frame step={0} title={page.title}>
      {page.body(address)}
      {asksAgain && (
        <div className="actions">
          <Button variant="default" onClick={onAsk}>
            Ask again now
          </Button>
        </div>
      )}
    </Frame>
  )
}

interface Page {
  readonly title: string
  readonly asksAgain?: boolean
  readonly body: (address: string | undefined) => ReactNode
}

const starting: Page = {
  title: "The server is not ready",
  asksAgain: true,
  body: () => (
    <>
      <p className="lead">
        It may still be starting. This page asks again every few seconds, and goes on by itself.
      </p>
      <p>
        If it stays like this, look at the terminal where the server was started, or run{" "}
        <code>./letterkeep doctor</code>. If you come through an SSH tunnel, see whether it is still open.
      </p>
    </>
  ),
}

const broken: Page = {
  title: "Something went wrong",
  body: () => (
    <>
      <p className="lead">The server met an error that it did not expect.</p>
      <p>
        Its log says what. Reload this page to try again; <code>./letterkeep doctor</code> may tell the
        reason.
      </p>
    </>
  ),
}

const pages: Readonly<Record<Trouble["kind"], Page>> = {
  "not-ready": starting,
  unreachable: starting,
  busy: starting,
  failed: broken,
  malformed: broken,
  "too-big": broken,
  "not-found": broken,
  done: {
    title: "This link has been used",
    body: () => (
      <>
        <p className="lead">
          The first person of this server exists, so the link has done its work and is closed.
        </p>
        <p>
          If that was you: <code>./letterkeep account add</code> adds more people, and{" "}
          <code>./letterkeep read</code> shows your mail. If the recovery code went by unsaved, your password
          makes a new one:
        </p>
        <pre className="command-alone">./letterkeep account recovery-code ADDRESS</pre>
        <p>
          If it was not: someone else had the link. Stop the server, and start it with an empty data folder to
          get a new one.
        </p>
      </>
    ),
  },
  "wrong-link": {
    title: "This link does not fit",
    body: () => (
      <>
        <p className="lead">
          Each start of the server prints a link of its own, and only the newest one works.
        </p>
        <p>
          Look at the terminal where the server was started, and copy the whole line, with all that comes
          after <code>#token=</code>.
        </p>
      </>
    ),
  },
  "slow-down": {
    title: "One moment",
    asksAgain: true,
    body: () => (
      <p className="lead">
        There were too many tries with links that do not fit. The server takes a short rest, and this page
        asks again by itself.
      </p>
    ),
  },
  "session-over": {
    title: "You were away for a while",
    body: address => (
      <>
        <p className="lead">
          After 15 quiet minutes, or when it is restarted, the server lets go of your key. Your account and
          your mail are safe.
        </p>
        <p>To read your mail, run this where the server runs, and type your password:</p>
        <pre className="command-alone">./letterkeep read {address ?? "ADDRESS"} --password-stdin</pre>
      </>
    ),
  },
  "wrong-host": {
    title: "A different address, please",
    body: () => (
      <p className="lead">
        The server does not know the name in the address bar. Open the link exactly as the server printed it.
      </p>
    ),
  },
}
