/** Trouble in a sentence; told to screen readers at once. Renders its place always, so that they hear the change. */
export function Notice({ text }: { readonly text: string | undefined }) {
  return <div role="alert">{text !== undefined && <p className="notice">{text}</p>}</div>
}
