import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { build, type Plugin } from "vite"
import { categories, purposes, recipients } from "../../server/src/privacy/policy/index.ts"

/**
 * Builds the page on which a person checks their ledger file (src/ledger/page.html) into one file without references
 * to any other: `alone/ledger-verify.html`. Its script is left readable, for whoever wants to know what checks them.
 */
export function ledgerPage(): Plugin {
  let root = ""
  return {
    name: "ledger-page",
    apply: "build",
    configResolved(config) {
      root = config.root
    },
    async generateBundle() {
      const folder = join(root, "src", "ledger")
      const [page, style] = await Promise.all(
        ["page.html", "page.css"].map(name => readFile(join(folder, name), "utf8")),
      )
      if (page === undefined || style === undefined) throw new Error(`${folder} is incomplete`)
      const script = await scriptOf(join(folder, "main.ts"))
      this.emitFile({
        type: "asset",
        fileName: "alone/ledger-verify.html",
        source: fill(page, style, script),
      })
    },
  }
}

/** The policy of a page that may do nothing but run this script and look like this. */
function policyOf(style: string, script: string): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ")
}

/** Puts the texts in their places, each of which stands in the page once. */
function fill(page: string, style: string, script: string): string {
  if (/<\/(script|style)|<!--/i.test(style + script)) throw new Error("a text would end its element")
  const places = {
    "%POLICY%": policyOf(style, script),
    "<style></style>": `<style>${style}</style>`,
    "<script></script>": `<script>${script}</script>`,
  }
  return Object.entries(places).reduce((whole, [place, text]) => {
    const [head, tail, ...more] = whole.split(place)
    if (tail === undefined || more.length > 0) throw new Error(`page.html has no single ${place}`)
    return `${head}${text}${tail}`
  }, page)
}

async function scriptOf(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    plugins: [glossary()],
    build: {
      write: false,
      minify: false,
      target: "es2023",
      modulePreload: { polyfill: false },
      rollupOptions: { input: entry, output: { format: "iife" } },
    },
  })
  const [output] = Array.isArray(built) ? built : [built]
  if (output === undefined || !("output" in output)) throw new Error("Vite built nothing")
  const [chunk, ...others] = output.output
  if (chunk.type !== "chunk" || others.length > 0) throw new Error("the page has more than one script")
  return chunk.code
}

/** The policy's words for purposes, recipients and categories, as they are when the page is built. */
export function glossary(): Plugin {
  const name = "virtual:glossary"
  const words = <T extends object>(table: T, say: (entry: T[keyof T]) => string) =>
    Object.fromEntries(Object.entries(table).map(([key, entry]) => [key, say(entry)]))
  const glossary = {
    purposes: words(purposes, purpose => purpose.sentence),
    recipients: words(recipients, recipient => recipient.name),
    categories: words(categories, category => category.name),
  }
  return {
    name: "glossary",
    resolveId: id => (id === name ? `\0${name}` : undefined),
    load: id => (id === `\0${name}` ? `export const glossary = ${JSON.stringify(glossary)}` : undefined),
  }
}
