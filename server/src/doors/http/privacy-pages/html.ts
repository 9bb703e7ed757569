/**
 * HTML that is written by the server: a template in which every value is escaped, unless it is such HTML itself.
 *
 *     html`<p title="${title}">${text}</p>`.text
 *
 * Values may stand in text and in quoted attributes, nowhere else: no rule here makes an unquoted attribute, a script
 * or a style safe.
 */
export class Html {
  readonly text: string
  private constructor(text: string) {
    this.text = text
  }
  /** Text of ours. */
  static of(text: string): Html {
    return new Html(text)
  }
}

export type HtmlValue = string | number | Html | readonly Html[]

export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return Html.of(parts.map((part, index) => `${part}${written(values[index])}`).join(""))
}

function written(value: HtmlValue | undefined): string {
  if (value === undefined) return ""
  if (value instanceof Html) return value.text
  if (typeof value === "object") return value.map(one => one.text).join("")
  return String(value).replace(/[&<>"']/g, sign => escapes[sign] ?? "")
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}
