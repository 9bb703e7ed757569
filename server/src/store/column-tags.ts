/**
 * Reads the tags of a migration: which table or column holds what, whose it is, how long it is kept and how it is
 * erased. A tag is a comment that begins with `--:`.
 *
 *     create table NAME (   --: table per-account | per-org | server
 *       COLUMN TYPE …,      --: TAG
 *     )
 *     alter table NAME add column COLUMN TYPE …; --: TAG
 *     --: column TABLE.COLUMN is TAG
 *
 *     TAG = category | owner path | retention | way of erasure [ | form ]
 *
 * A tag belongs to the definition that began last before it, so it may stand behind the comma. The last of the lines
 * above gives a column that is there already another tag. The form says how the column lies there: in the clear,
 * unless the tag says otherwise.
 */
export type Whose = "per-account" | "per-org" | "server"

export interface ColumnTag {
  readonly category: string
  readonly owner: string
  readonly retention: string
  readonly erasure: string
  readonly form: ColumnForm
}

/** Who can read what lies in a column. `hashed`: a checksum, keyed or not. `sealed to the server`: with the key file. */
export const columnForms = ["clear", "hashed", "sealed to the server", "sealed to the person"] as const
export type ColumnForm = (typeof columnForms)[number]

export interface TaggedColumn {
  readonly name: string
  readonly tag: ColumnTag | undefined
}

export interface TaggedTable {
  readonly name: string
  readonly whose: Whose | undefined
  readonly columns: readonly TaggedColumn[]
  /** As far as `create table` says. */
  readonly primaryKey: readonly string[]
}

interface TableBuilder {
  name: string
  whose: Whose | undefined
  columns: { name: string; tag: ColumnTag | undefined }[]
  primaryKey: string[]
}

type Token = {
  readonly kind: "word" | "sign" | "string" | "tag"
  readonly text: string
  readonly line: number
}

const lexicon =
  /(?<blank>\s+)|--:(?<tag>[^\n]*)|(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>'(?:[^']|'')*'|(?<dollar>\$\w*\$)[\s\S]*?\k<dollar>)|"(?<quoted>[^"]+)"|(?<word>[A-Za-z_][A-Za-z0-9_$]*)|(?<sign>[\s\S])/gy

const notColumns = new Set(["primary", "unique", "check", "foreign", "constraint", "exclude", "like"])

/** All tables of one or more migrations, in their order. Throws SyntaxError, with its line, on a tag it cannot read. */
export function readColumnTags(sql: string, known: readonly TaggedTable[] = []): TaggedTable[] {
  const tables = new Map<string, TableBuilder>()
  for (const { name, whose, columns, primaryKey } of known) {
    tables.set(name, { name, whose, columns: columns.map(one => ({ ...one })), primaryKey: [...primaryKey] })
  }
  const tokens = tokenize(sql)
  for (let at = 0; at < tokens.length; ) {
    const start = at
    const statement: Token[] = []
    for (; at < tokens.length; at++) {
      const token = tokens[at]
      if (token === undefined) break
      statement.push(token)
      if (token.text === ";" && token.kind === "sign") break
    }
    at++
    // A tag behind the semicolon, on its line, still belongs to the statement.
    for (
      let next = tokens[at];
      next?.kind === "tag" && next.line === tokens[at - 1]?.line;
      next = tokens[at]
    ) {
      statement.push(next)
      at++
    }
    if (at === start) break
    readStatement(statement, tables)
  }
  return [...tables.values()]
}

function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let line = 1
  for (const match of sql.matchAll(lexicon)) {
    const { tag, string, quoted, word, sign } = match.groups ?? {}
    if (tag !== undefined) tokens.push({ kind: "tag", text: tag.trim(), line })
    else if (string !== undefined) tokens.push({ kind: "string", text: string, line })
    else if (quoted !== undefined) tokens.push({ kind: "word", text: quoted, line })
    else if (word !== undefined) tokens.push({ kind: "word", text: word.toLowerCase(), line })
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, line })
    line += match[0].split("\n").length - 1
  }
  return tokens
}

function readStatement(statement: readonly Token[], tables: Map<string, TableBuilder>): void {
  const tokens = statement.filter(token => !readRetag(token, tables))
  const words = tokens.filter(token => token.kind !== "tag")
  const say = words.slice(0, 6).map(token => token.text)
  const skip = (from: number, ...phrase: string[]): number =>
    phrase.every((word, index) => say[from + index] === word) ? from + phrase.length : from
  if (say[0] === "create" && say[1] === "table") {
    const name = words[skip(2, "if", "not", "exists")]
    if (name !== undefined) readCreate(name.text, tokens, tables)
  } else if (say[0] === "drop" && say[1] === "table") {
    const name = words[skip(2, "if", "exists")]
    if (name !== undefined) tables.delete(name.text)
  } else if (say[0] === "alter" && say[1] === "table") {
    readAlter(words, tokens, tables)
  } else {
    const stray = tokens.find(token => token.kind === "tag")
    if (stray !== undefined) throw new SyntaxError(`line ${stray.line}: a tag outside of a table`)
  }
}

function readCreate(name: string, tokens: readonly Token[], tables: Map<string, TableBuilder>): void {
  const table: TableBuilder = { name, whose: undefined, columns: [], primaryKey: [] }
  let depth = 0
  let begins = false
  let closed = false
  let column: TableBuilder["columns"][number] | undefined
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "tag") {
      if (token.text.startsWith("table ")) table.whose = readWhose(token)
      else if (column === undefined) throw new SyntaxError(`line ${token.line}: a tag without its column`)
      else if (column.tag !== undefined)
        throw new SyntaxError(`line ${token.line}: a second tag for ${column.name}`)
      else column.tag = readTag(token)
      continue
    }
    // What follows the list of definitions (with, partition by) holds no columns.
    if (closed) continue
    if (token.kind === "sign" && token.text === "(") {
      depth++
      if (depth === 1) begins = true
      continue
    }
    if (token.kind === "sign" && token.text === ")") closed = --depth === 0
    else if (token.kind === "sign" && token.text === "," && depth === 1) begins = true
    else if (begins && depth === 1) {
      begins = false
      column = undefined
      if (!notColumns.has(token.text)) {
        column = { name: token.text, tag: undefined }
        table.columns.push(column)
      }
    }
    if (depth === 1 && token.text === "primary" && tokens[index + 1]?.text === "key") {
      table.primaryKey = column === undefined ? namesInParentheses(tokens, index + 2) : [column.name]
    }
  }
  tables.set(name, table)
}

function readAlter(
  words: readonly Token[],
  tokens: readonly Token[],
  tables: Map<string, TableBuilder>,
): void {
  const at = words[2]?.text === "only" ? 3 : 2
  const name = words[at]?.text ?? ""
  const table = tables.get(name)
  const tags = tokens.filter(token => token.kind === "tag")
  const rest = words.slice(at + 1).map(token => token.text)
  const line = words[0]?.line ?? 0
  if (rest[0] === "rename")
    throw new SyntaxError(`line ${line}: renames are not read: add a new column or table`)
  const adds = rest[0] === "add" && rest[1] === "column"
  const drops = rest[0] === "drop" && rest[1] === "column"
  if (!adds && !drops) {
    if (tags[0] !== undefined) throw new SyntaxError(`line ${tags[0].line}: a tag without its column`)
    return
  }
  if (table === undefined) throw new SyntaxError(`line ${line}: ${name} is not a table that was made before`)
  const more = rest.filter(
    (word, index) => index > 0 && rest[index - 1] === "," && (word === "add" || word === "drop"),
  )
  if (more.length > 0) throw new SyntaxError(`line ${line}: one column a statement, so that each has its tag`)
  const column = rest.slice(2).find(word => !["if", "not", "exists"].includes(word)) ?? ""
  if (drops) table.columns = table.columns.filter(one => one.name !== column)
  else table.columns.push({ name: column, tag: tags[0] === undefined ? undefined : readTag(tags[0]) })
}

/** `--: column TABLE.COLUMN is TAG`; false where the token is something else. */
function readRetag(token: Token, tables: Map<string, TableBuilder>): boolean {
  if (token.kind !== "tag" || !token.text.startsWith("column ")) return false
  const [, name = "", column = "", tag = ""] =
    /^column ([a-z0-9_]+)\.([a-z0-9_]+) is (.*)$/.exec(token.text) ?? []
  const found = tables.get(name)?.columns.find(each => each.name === column)
  if (found === undefined)
    throw new SyntaxError(
      `line ${token.line}: "column TABLE.COLUMN is TAG" names a column that was made before`,
    )
  found.tag = readTag({ ...token, text: tag })
  return true
}

function namesInParentheses(tokens: readonly Token[], from: number): string[] {
  const names: string[] = []
  for (let at = from + 1; tokens[from]?.text === "(" && at < tokens.length; at++) {
    const token = tokens[at]
    if (token === undefined || token.text === ")") break
    if (token.kind === "word") names.push(token.text)
  }
  return names
}

function readWhose(token: Token): Whose {
  const whose = token.text.slice("table ".length).trim()
  if (whose === "per-account" || whose === "per-org" || whose === "server") return whose
  throw new SyntaxError(`line ${token.line}: a table is per-account, per-org or server, not ${whose}`)
}

function readTag(token: Token): ColumnTag {
  const parts = token.text.split("|").map(part => part.trim())
  const [category = "", owner = "", retention = "", erasure = "", said = "clear"] = parts
  if (parts.length < 4 || parts.length > 5 || parts.includes("")) {
    throw new SyntaxError(
      `line ${token.line}: a tag is category | owner path | retention | way of erasure [ | form ]`,
    )
  }
  const form = columnForms.find(each => each === said)
  if (form === undefined)
    throw new SyntaxError(`line ${token.line}: a column is ${columnForms.join(", ")}, not "${said}"`)
  if (!/^[a-z]+(?:\.[a-z-]+)*$/.test(category)) {
    throw new SyntaxError(
      `line ${token.line}: a category is words with dots between, such as user.contact.email`,
    )
  }
  return { category, owner, retention, erasure, form }
}

/** How a tag stands in the database, as the comment on its column. */
export function renderTag({ category, owner, retention, erasure, form }: ColumnTag): string {
  return [category, owner, retention, erasure, ...(form === "clear" ? [] : [form])].join(" | ")
}
