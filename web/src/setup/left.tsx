import { Frame } from "./frame.tsx"

/** The end: the session is closed, and nothing of it is left in this tab. */
export function Left({ address }: { readonly address: string }) {
  return (
    <Frame step={0} title="All set">
      <p className="lead">
        <b>{address}</b> is ready for mail. You can close this page.
      </p>
      <p>The link that brought you here no longer works, for you or for anyone else.</p>
    </Frame>
  )
}
