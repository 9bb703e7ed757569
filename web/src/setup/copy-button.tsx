import { Button } from "@mantine/core"
import { useState } from "react"

interface CopyButtonProps {
  readonly text: string
  readonly label: string
  /** What is copied, for those who do not see what stands beside the button. */
  readonly of?: string
  readonly size?: "compact-sm" | "sm"
}

/** Says in its own words whether it worked: browsers give the clipboard to secure origins only, loopback among them. */
export function CopyButton({ text, label, of, size = "sm" }: CopyButtonProps) {
  const [told, setTold] = useState<string>()
  const copy = async () => {
    const isCopied = await writeClipboard(text)
    setTold(isCopied ? "Copied" : "Select and copy by hand")
  }
  return (
    <Button variant="default" size={size} onClick={copy} onBlur={() => setTold(undefined)}>
      <span aria-live="polite">
        {told ?? label}
        {told === undefined && of !== undefined && <span className="unseen"> {of}</span>}
      </span>
    </Button>
  )
}

async function writeClipboard(text: string): Promise<boolean> {
  if (navigator.clipboard === undefined) return false
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  )
}
