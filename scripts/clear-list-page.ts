import { categories, isCategory } from "../server/src/privacy/policy/index.ts"
import { type ColumnForm, columnForms, type TaggedTable } from "../server/src/store/column-tags.ts"

/**
 * The handbook's page of what the database holds, from the tags of its columns: for each form in which data lies
 * there, which columns of which tables do. A column is in the clear unless its tag says otherwise.
 */
export function clearListPage(tables: readonly TaggedTable[]): string {
  const rows = tables.flatMap(rowsOf)
  if (rows.length === 0) throw new Error("the list of what lies in the clear read no columns")
  const section = (form: ColumnForm) =>
    [
      `## ${titles[form]}`,
      "",
      ...notes[form],
      "",
      "| table | columns | what they hold | kept | erased with |",
      "| --- | --- | --- | --- | --- |",
      ...rows.filter(row => row.form === form).map(lineOf),
    ].join("\n")
  return `${[introduction, ...columnForms.map(section), ending].join("\n\n")}\n`
}

const titles: Readonly<Record<ColumnForm, string>> = {
  clear: "In the clear",
  hashed: "As checksums and keyed hashes",
  "sealed to the server": "Sealed to the server",
  "sealed to the person": "Sealed to the person",
}

const notes: Readonly<Record<ColumnForm, readonly string[]>> = {
  clear: [
    "Whoever has the database, a dump of it or its disk reads these: who has an account and which addresses; how many",
    "messages came when, how large they are, which belong to one thread, which are read, and the keywords that mail",
    "programs give them. Not from whom they came, nor what they say.",
  ],
  hashed: [
    "Not readable, but comparable. All are made with a secret of the key file: the database alone is no ground for",
    "guessing. Whoever has the key file too can ask whether an address that they know is in a rule, and try passwords",
    "(Argon2id makes each try dear); what the addresses and passwords are, they can only guess. What verifies an app",
    "password is sealed to the server besides.",
  ],
  "sealed to the server": [
    "Ciphertext whose key is made from the key file. The server needs these while nobody is signed in; whoever has",
    "the database *and* the key file reads them, whoever has one of both reads nothing.",
  ],
  "sealed to the person": [
    "Ciphertext that opens to the account's own sign-in: a password, an app password that may read, the recovery code.",
    "The database and the key file together do not open it. Wrapped keys take the key file besides.",
  ],
}

interface Row {
  readonly form: ColumnForm
  readonly table: string
  readonly columns: readonly string[]
  readonly about: string
  readonly kept: string
  readonly erased: string
}

const lineOf = ({ table, columns, about, kept, erased }: Row): string =>
  `| \`${table}\` | ${columns.map(column => `\`${column}\``).join(", ")} | ${about} | ${kept} | ${erased} |`

/** The columns of a table, those together that differ in their name alone. */
function rowsOf({ name: table, columns }: TaggedTable): readonly Row[] {
  const alike = Map.groupBy(columns, ({ name, tag }) => {
    if (tag === undefined) throw new Error(`${table}.${name} has no tag`)
    return JSON.stringify([tag.form, tag.category, tag.retention, tag.erasure])
  })
  return [...alike.values()].flatMap(group => {
    const [first] = group
    if (first?.tag === undefined) return []
    const { category, retention, erasure, form } = first.tag
    const about = aboutOf(category)
    if (about === undefined) throw new Error(`${table}.${first.name} is of no known category: ${category}`)
    // A date beside a wrapped key is no key; an address beside its own checksum is the address.
    const isBeside =
      form === "clear" && columns.some(({ tag }) => tag?.category === category && isSealed(tag.form))
    const names = group.map(column => column.name)
    return [
      {
        form,
        table,
        columns: names,
        about: isBeside ? `Kinds, numbers and dates that stand beside: ${about}` : about,
        kept: retention,
        erased: erasure,
      },
    ]
  })
}

const isSealed = (form: ColumnForm): boolean => form !== "clear" && form !== "hashed"

function aboutOf(category: string): string | undefined {
  if (category === "system") return "Ids, times and checks that the server needs; of nobody."
  return isCategory(category) ? categories[category].about : undefined
}

const introduction = `# What lies in the clear

Letterkeep's mail is **unreadable at rest without the person's sign-in**. That says nothing of what is not mail. This
page lists every column of the database. \`node scripts/write-clear-list.ts\` writes it from the tags of the migrations,
which a running server also keeps as the comments of its columns (\`\\d+\` shows them). A test fails when the page is out
of date, and \`npm run prove -- SEC-2\` compares it with a running server: with its schema, and with what its bytes say
after mail has come and was read.

Outside of the database:

- **A message that arrives** is in memory in plain text until it is sealed, and so are its sender and recipients.
- **Today's mail** can be opened by the running process until the day (UTC) ends: it holds the day's seal keys. After
  that, and after every restart, only a sign-in opens it.
- **Mail that waits to be sent** opens to the running process, and to whoever has the database and the key file together:
  the server hands it over while its sender is away. It is deleted when that is done, and its keys expire with the epochs
  in backups too. What became of it is sealed to the sender.
- **A live session** (\`./letterkeep read\`, the first-run page) holds the person's key in memory until it ends.
- **The log** has ids, sizes, times and, for abuse, the network that a connection came from (IPv4 /24, IPv6 /48); no
  address of a person, no subject, no content.
- **The DNS servers** that you use see the domains of senders that are checked; where a sender's own SPF record asks for
  it, the sender's address or a part of it is in the question.
- **The key file** is a secret: see [keys and recovery](keys-and-recovery.md).
- **The private key of the certificate** lies in plain text in the data folder, \`tls/self-signed.key\` (0600), or where
  \`[tls] key\` says. It opens no mail that is stored; whoever has it can pose as this server to others that send to it.
- **The one-time link** of the first run is printed at each start while there is nobody, and so lies in the journal, and
  in the file that \`--ready-file\` names (0600). Whoever opens it first makes the first person; once somebody is there,
  or after the next start, it opens nothing.`

const ending = `What an outsider can still tell from the database alone: how many messages an account has, when they came,
how large they are, which belong to one thread, and which are read; of mail that waits to be sent, how large it is, since
when it waits, how often it was tried and which of it goes to the same domain, though not to which. Sealed columns have sizes, and those of one message's
body are near the message's own. The index of many messages lies in pages of one size, but how many pages each of its
parts has can be counted: in steps of 8 KB how much the words of these messages and the lists of where they are come to,
in steps of 32 KB how much their headers and their texts do, compressed.`
