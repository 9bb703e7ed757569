import { Button } from "@mantine/core"
import { useState } from "react"
import { leave } from "./api.ts"
import { CommandLine } from "./command-line.tsx"
import { Frame } from "./frame.tsx"
import type { Person } from "./setup-page.tsx"

interface NextStepsProps {
  readonly person: Omit<Person, "recoveryCode">
  readonly onBack: () => void
  readonly onLeft: () => void
}

/** The commands that go on from here, with this server's own names in them. */
export function NextSteps({ person, onBack, onLeft }: NextStepsProps) {
  const [isLeaving, setLeaving] = useState(false)
  const domain = person.address.slice(person.address.lastIndexOf("@") + 1)

  const finish = async () => {
    setLeaving(true)
    await leave(person.session) // if nobody answers, the session ends by itself
    onLeft()
  }

  return (
    <Frame step={4} title="What comes next">
      <p className="lead">
        Until the web app can sign you in, the command <code>./letterkeep</code> does the rest. Run these in
        the folder where you started the server, as the same user; if you gave it a folder with{" "}
        <code>--data</code>, give it to them too.
      </p>
      <CommandLine
        name="Read your mail"
        command={`./letterkeep read ${person.address} --password-stdin`}
        note="It asks for your password, and shows nothing while you type."
      />
      <CommandLine
        name="Add a person"
        command={`./letterkeep account add ben@${domain} --password-stdin`}
        note="It prints their recovery code once."
      />
      <CommandLine name="Add a domain" command="./letterkeep domain add example.org" />
      <CommandLine
        name="See how the server is, and what this machine lacks"
        command={"./letterkeep status\n./letterkeep doctor"}
      />
      <p>
        The operator’s handbook lies in the folder <code>docs</code>, beside the program.{" "}
        <code>docs/what-lies-in-the-clear.md</code> says what the server can read without you.
      </p>
      <div className="actions">
        <Button size="md" onClick={finish}>
          {isLeaving ? "Finishing…" : "Finish"}
        </Button>
        <Button size="md" variant="default" onClick={onBack}>
          Back to your mail
        </Button>
      </div>
      <p className="quiet">
        Finishing lets go of your key. What lies on the disk then stays sealed until you sign in.
      </p>
    </Frame>
  )
}
