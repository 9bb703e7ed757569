/** The public pages about privacy as a stranger reads them: over HTTP, from the HTML that is sent. */
export interface PageStatement {
  readonly term: string
  readonly text: string
  readonly facts: ReadonlyMap<string, string>
  /** The lines about its checks. */
  readonly proofs: readonly string[]
}

export interface PolicyPage {
  /** The line below the heading. */
  readonly when: string
  /** By the id of its section, then by its own. */
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, PageStatement>>
  readonly html: string
}

const answerMs = 20_000

export async function getText(address: string, path: string): Promise<string> {
  const answer = await fetch(`http://${address}${path}`, {
    signal: AbortSignal.timeout(answerMs),
    redirect: "error",
  })
  if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}`)
  return await answer.text()
}

export async function readPolicyPage(address: string, path: string): Promise<PolicyPage> {
  const html = await getText(address, path)
  const sections = new Map(
    [
      ...html.matchAll(
        /<section aria-labelledby="section-([^"]+)">\n<h2[^>]*>[^<]*<\/h2>\n([\s\S]*?)<\/section>/g,
      ),
    ].map(([, id = "", body = ""]) => [id, readStatements(body)] as const),
  )
  return { when: plain(/<p class="when">([\s\S]*?)<\/p>/.exec(html)?.[1] ?? ""), sections, html }
}

function readStatements(body: string): ReadonlyMap<string, PageStatement> {
  const found = [
    ...body.matchAll(
      /<div class="statement" id="([^"]+)">\n([\s\S]*?)<\/div>\n(?=<div class="statement"|<p>|$)/g,
    ),
  ]
  return new Map(found.map(([, id = "", inner = ""]) => [id, readStatement(inner)] as const))
}

function readStatement(inner: string): PageStatement {
  const term = plain(/<h3>([\s\S]*?)<\/h3>/.exec(inner)?.[1] ?? "")
  const text = plain(/<p>([\s\S]*?)<\/p>/.exec(inner)?.[1] ?? "")
  const facts = [...inner.matchAll(/<dt>([\s\S]*?)<\/dt><dd>([\s\S]*?)<\/dd>/g)]
  const proofs = [...inner.matchAll(/<p class="proof [a-z-]+">([\s\S]*?)<\/p>/g)]
  return {
    term,
    text,
    facts: new Map(facts.map(([, label = "", value = ""]) => [plain(label), plain(value)] as const)),
    proofs: proofs.map(([, line = ""]) => plain(line)),
  }
}

function plain(html: string): string {
  const signs: Readonly<Record<string, string>> = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
  }
  return html.replace(/<[^>]*>/g, "").replace(/&(?:amp|lt|gt|quot|#39);/g, entity => signs[entity] ?? entity)
}
