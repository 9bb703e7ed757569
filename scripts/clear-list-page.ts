import { categories, isCategory } from "../server/src/privacy/policy/index.ts"
import type { TaggedColumn, TaggedTable } from "../server/src/store/column-tags.ts"

/**
 * The handbook's page of what the database holds, from the tags of its columns: first what anybody reads who has
 * the database, then what takes a key. A column is in the clear unless its category, or its name, says otherwise.
 */
export function clearListPage(tables: readonly TaggedTable[]): string {
  const rows = tables.flatMap(table => table.columns.map(column => rowOf(table, column)))
  if (rows.length === 0) throw new Error("the list of what lies in the clear read no columns")
  const section = (state: State) =>
    [
      `## ${titles[state]}`,
      "",
      ...notes[state],
      "",
      "| table.column | what it is | kept | erased with |",
      "| --- | --- | --- | --- |",
      ...rows.filter(row => row.state === state).map(row => row.line),
    ].join("\n")
  return `${[introduction, ...states.map(section), ending].join("\n\n")}\n`
}

const states = ["clear", "hashed", "sealed"] as const
type State = (typeof states)[number]

const titles: Readonly<Record<State, string>> = {
  clear: "In the clear",
  hashed: "As checksums and keyed hashes",
  sealed: "Sealed",
}

const notes: Readonly<Record<State, readonly string[]>> = {
  clear: ["Whoever has the database, a dump of it or its disk reads these."],
  hashed: [
    "Not readable, but comparable. A keyed hash can be tested by whoever has the key file too: they can ask whether an",
    "address that they know is in a rule, not what the addresses are. A password's checksum (Argon2id) can be tried",
    "with guesses by whoever has the database.",
  ],
  sealed: [
    "Ciphertext. Messages and their entries, labels and rules open to the account's own sign-in alone. Names of",
    "mailboxes are sealed to the server: whoever has database and key file reads them. Wrapped keys take the key file",
    "and the person's secret.",
  ],
}

function rowOf(table: TaggedTable, { name, tag }: TaggedColumn): { state: State; line: string } {
  const place = `${table.name}.${name}`
  if (tag === undefined) throw new Error(`${place} has no tag`)
  const { category, retention, erasure } = tag
  const what =
    category === "system"
      ? "Ids and times that the server needs."
      : isCategory(category)
        ? categories[category].about
        : undefined
  if (what === undefined) throw new Error(`${place} is of no known category: ${category}`)
  return { state: stateOf(name, category), line: `| \`${place}\` | ${what} | ${retention} | ${erasure} |` }
}

function stateOf(column: string, category: string): State {
  if (column === "verify" || category.endsWith(".hashed")) return "hashed"
  const isCipher = /(?:^|_)(?:sealed|data)$/.test(column)
  return isCipher ? "sealed" : "clear"
}

const introduction = `# What lies in the clear

Letterkeep's mail is **unreadable at rest without the person's sign-in**. That says nothing of what is not mail. This
page lists every column of the database; \`node scripts/write-clear-list.ts\` writes it from the migrations, and a test
fails when it is out of date.

Outside of the database:

- **A message that arrives** is in memory in plain text until it is sealed, and so are its sender and recipients.
- **Today's mail** can be opened by the running process until the day (UTC) ends: it holds the day's seal keys. After
  that, and after every restart, only a sign-in opens it.
- **A live session** (\`./letterkeep read\`, the first-run page) holds the person's key in memory until it ends.
- **The log** has ids, sizes, times and, for abuse, the network that a connection came from (IPv4 /24, IPv6 /48); no
  address of a person, no subject, no content.
- **The DNS servers** that you use see the domains of senders that are checked.
- **The key file** is a secret: see [keys and recovery](keys-and-recovery.md).
- **The private key of the certificate** lies in plain text in the data folder, \`tls/self-signed.key\` (0600), or where
  \`[tls] key\` says. It opens no mail that is stored; whoever has it can pose as this server to others that send to it.
- **The one-time link** of the first run is printed at each start while there is nobody, and so lies in the journal, and
  in the file that \`--ready-file\` names (0600). Whoever opens it first makes the first person; once somebody is there,
  or after the next start, it opens nothing.`

const ending = `What an outsider can still tell from the database alone: how many messages an account has, when they came,
how large they are, which belong to one thread, and which are read.`
