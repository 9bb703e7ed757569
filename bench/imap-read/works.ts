/** What is asked for, again and again. */
export interface Work {
  /** A word for the command line. */
  readonly name: string
  readonly title: string
  /** What is counted, and how many of it one command brings. */
  readonly unit: string
  readonly perCommand: number
  readonly connections: number
  /** Commands under way at a time on each connection. */
  readonly window: number
  readonly commands: readonly string[]
}

/** Bodies that one command of the batched kind brings. */
const batch = 50

export function worksFor(messages: number): readonly Work[] {
  const all = `1:${messages}`
  const numbers = Array.from({ length: messages }, (_, no) => no + 1)
  const list = { unit: "lists", perCommand: 1, connections: 1, window: 1 }
  const bodies = { unit: "bodies", perCommand: 1, commands: numbers.map(no => `UID FETCH ${no} BODY.PEEK[]`) }
  const batches = numbers
    .filter(no => no % batch === 1 && no + batch - 1 <= messages)
    .map(no => `UID FETCH ${no}:${no + batch - 1} BODY.PEEK[]`)
  return [
    {
      ...list,
      name: "envelopes",
      title: `List of ${messages.toLocaleString("en")}: UID, FLAGS, INTERNALDATE, RFC822.SIZE, ENVELOPE; 1 connection`,
      commands: [`FETCH ${all} (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)`],
    },
    {
      ...list,
      name: "structures",
      title: `The same with BODYSTRUCTURE`,
      commands: [`FETCH ${all} (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)`],
    },
    {
      ...list,
      name: "flags",
      title: `Flags of ${messages.toLocaleString("en")}: UID, FLAGS; 1 connection`,
      commands: [`FETCH ${all} (UID FLAGS)`],
    },
    {
      ...list,
      name: "headers",
      title: `Header fields of ${messages.toLocaleString("en")}, as Thunderbird asks for them; 1 connection`,
      commands: [
        `UID FETCH ${all} (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To)])`,
      ],
    },
    {
      ...bodies,
      name: "bodies-1",
      title: "Bodies of 20 KB, one a command, waiting for each; 1 connection",
      connections: 1,
      window: 1,
    },
    {
      ...bodies,
      name: "bodies-8",
      title: "Bodies of 20 KB, one a command, waiting for each; 8 connections",
      connections: 8,
      window: 1,
    },
    {
      ...bodies,
      name: "bodies-pipelined",
      title: "Bodies of 20 KB, one a command, 8 commands under way; 1 connection",
      connections: 1,
      window: 8,
    },
    {
      ...bodies,
      name: "bodies-batched",
      title: `Bodies of 20 KB, ${batch} a command; 1 connection`,
      perCommand: batch,
      connections: 1,
      window: 1,
      commands: batches,
    },
  ]
}
