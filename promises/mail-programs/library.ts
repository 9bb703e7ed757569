import assert from "node:assert/strict"
import { type House, openHouse, traceAbove } from "../../fixtures/house.ts"
import { fetched, ImapClient, type ImapResponse } from "../../fixtures/imap-client.ts"
import { allShapes, makeMessage, type TestMessage } from "../../fixtures/mail/messages.ts"
import { Pop3Client } from "../../fixtures/pop3-client.ts"
import { addressOf } from "../../fixtures/server.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"

/** A house in which mail programs are tried: everybody has a message of each kind, come in over SMTP. */
export interface Library {
  readonly house: House<Name>
  /** What was sent to everybody, in order. */
  readonly sent: readonly TestMessage[]
}

export type Name = "ada" | "bob"

/** One thing that a mail program has to be able to do; the check makes a test of it. */
export interface Trial {
  /** A sentence. */
  readonly name: string
  run(library: Library): Promise<void>
}

export async function openLibrary(): Promise<Library> {
  const house = await openHouse(["ada", "bob"])
  const sent = allShapes.map((shape, at) => letter(`kind${at}end`, shape, at))
  const client = await house.smtp()
  for (const { bytes } of sent) await deliver(house, bytes, ["ada", "bob"], client)
  await client.quit()
  return { house, sent }
}

export function letter(token: string, shape: TestMessage["shape"] = "plain", seed = 1): TestMessage {
  return makeMessage(shape, { from: "x@friends.example", to: "ada@house.example", token }, seed)
}

/** Resolves with the 250. */
export async function deliver(
  house: House<Name>,
  message: Buffer,
  to: readonly Name[],
  given?: Awaited<ReturnType<House<Name>["smtp"]>>,
): Promise<void> {
  const client = given ?? (await house.smtp())
  const answers = await client.deliver({
    from: "x@friends.example",
    to: to.map(name => house.people[name].address),
    message,
    mailParameters: " BODY=8BITMIME",
  })
  assert.equal(answers.end?.code, 250, lastAnswer(answers))
  if (given === undefined) await client.quit()
}

/** A signed-in IMAP connection, under TLS. */
export async function openImap({ house }: Library, name: Name): Promise<ImapClient> {
  const client = await ImapClient.connect(addressOf(house.server().ready, "imaps"), "tls")
  const { address, password } = house.people[name]
  const { status, text } = await client.login(address, password)
  assert.equal(status, "OK", text)
  return client
}

/** A signed-in POP3 connection, under TLS. */
export async function openPop3({ house }: Library, name: Name): Promise<Pop3Client> {
  const client = await Pop3Client.connect(addressOf(house.server().ready, "pop3s"), "tls")
  const { address, password } = house.people[name]
  const { ok, text } = await client.login(address, password)
  assert.ok(ok, text)
  return client
}

/** The command's untagged responses, when it was answered OK. */
export async function told(
  client: ImapClient,
  ...parts: readonly (string | Uint8Array)[]
): Promise<readonly ImapResponse[]> {
  const { status, text, untagged } = await client.command(...parts)
  assert.equal(status, "OK", `${parts.join("").slice(0, 80)}: ${text}`)
  return untagged
}

/** The FETCH responses among them, by UID. */
export function byUid(
  responses: readonly ImapResponse[],
): ReadonlyMap<number, ReadonlyMap<string, Buffer | string>> {
  return new Map(
    responses.flatMap(response => {
      const items = fetched(response)
      return items === undefined ? [] : [[Number(items.get("UID")), items] as const]
    }),
  )
}

/** All messages of the mailbox that is open, whole, by UID. */
export async function bodies(client: ImapClient): Promise<ReadonlyMap<number, Buffer>> {
  const found = byUid(await told(client, "UID FETCH 1:* (UID BODY.PEEK[])"))
  return new Map([...found].map(([uid, items]) => [uid, octetsOf(items.get("BODY[]"))]))
}

export function octetsOf(value: Buffer | string | undefined): Buffer {
  assert.ok(Buffer.isBuffer(value), `octets were expected, not ${value}`)
  return value
}

/** The UID of the one message that is `sent` under the server's trace fields. */
export function uidOf(kept: ReadonlyMap<number, Buffer>, sent: Buffer): number {
  const uids = [...kept].flatMap(([uid, bytes]) => (traceAbove(bytes, sent) === undefined ? [] : [uid]))
  assert.equal(uids.length, 1, `the message is there ${uids.length} times as it was sent`)
  return uids[0] ?? 0
}

/** The number behind a word of the responses to SELECT: `UIDVALIDITY 5`. */
export function numberBehind(responses: readonly ImapResponse[], word: string): number {
  const all = responses.map(response => response.text).join("\n")
  const found = new RegExp(`\\b${word} (\\d+)`).exec(all)?.[1]
  assert.ok(found !== undefined, `no ${word} in ${all}`)
  return Number(found)
}
