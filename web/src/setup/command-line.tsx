import { CopyButton } from "./copy-button.tsx"

interface CommandLineProps {
  readonly name: string
  readonly command: string
  readonly note?: string
}

export function CommandLine({ name, command, note }: CommandLineProps) {
  return (
    <section className="command">
      <h2 className="section-name">{name}</h2>
      <div className="command-line">
        <pre>
          {command.split(/([ \n])/).map((word, index) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: the words of a command have no other identity
            word.trim() === "" ? word : <span key={index}>{word}</span>,
          )}
        </pre>
        <CopyButton text={command} label="Copy" of={`the command: ${name}`} size="compact-sm" />
      </div>
      {note !== undefined && <p className="quiet">{note}</p>}
    </section>
  )
}
