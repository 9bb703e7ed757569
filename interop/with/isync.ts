import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { allShapes, makeMessage } from "../../fixtures/mail/messages.ts"
import { type ImapPeer, testWithPeers } from "../imap-peers.ts"
import { openImapFlow } from "../imapflow.ts"
import {
  addMail,
  type MaildirMail,
  makeMaildir,
  moveMail,
  readMaildir,
  removeMail,
  setFlags,
} from "../maildir.ts"
import { runProgram } from "../run-program.ts"
import { needTool } from "../tools.ts"

/**
 * isync between the server and two Maildirs. Half of 5,000 messages come from the first Maildir, half lie on the
 * server; after that all three have to hold the same, and again after both sides changed. Byte for byte, but for one
 * line: isync marks each copy that it makes, up or down, with an X-TUID field of its own.
 */
const howMany = 5_000
const largest = 64 * 1024

testWithPeers("isync keeps two Maildirs of 5,000 messages alike, byte for byte", async (t, peer) => {
  const mbsync = needTool(t, "mbsync", "isync")
  if (mbsync === undefined) return
  const desk = await openSide(peer, "desk")
  const phone = await openSide(peer, "phone")
  const sync = async (...sides: readonly Side[]) => {
    for (const side of sides) await runSync(mbsync, side)
  }
  await fill(peer, desk)
  await t.test("up from one and down to the other", async () => {
    await sync(desk, phone)
    for (const side of [desk, phone]) {
      const { inbox } = await contentOf(side)
      assert.equal(inbox.size, howMany)
      for (let no = 0; no < howMany; no += 1) assertIs(inbox, no)
    }
  })
  await t.test("changes on both sides meet", async () => {
    await changeDesk(desk)
    await changePhone(phone)
    await sync(desk, phone, desk)
    const [one, other] = [await contentOf(desk), await contentOf(phone)]
    assertAlike(one, other)
    assertChanged(one)
    await assertOnServer(peer, one)
  })
  await t.test("and then there is nothing left to do", async () => {
    const before = await stateOf(peer, desk)
    await sync(desk, phone)
    assert.deepEqual(await stateOf(peer, desk), before)
  })
})

interface Side {
  readonly config: string
  readonly inbox: string
  readonly archive: string
}

async function openSide(peer: ImapPeer, name: string): Promise<Side> {
  const folder = join(peer.folder, name)
  await mkdir(folder)
  const side = {
    config: join(folder, "mbsyncrc"),
    inbox: join(folder, "INBOX"),
    archive: join(folder, "Archive"),
  }
  await makeMaildir(side.inbox)
  await makeMaildir(side.archive)
  await writeFile(
    side.config,
    `IMAPStore far
Host ${peer.host}
Port ${peer.imaps}
User "${peer.user}"
Pass "${peer.password}"
SSLType IMAPS
SystemCertificates no
CertificateFile ${peer.certificateFile}
AuthMechs LOGIN

MaildirStore near
Path ${folder}/
Inbox ${side.inbox}
SubFolders Verbatim

Channel mail
Far :far:
Near :near:
Patterns INBOX Archive
Create Both
Expunge Both
CopyArrivalDate yes
Sync All
SyncState *
`,
  )
  return side
}

async function runSync(mbsync: string, side: Side): Promise<void> {
  const { code, output } = await runProgram(mbsync, ["-c", side.config, "-a"])
  assert.equal(code, 0, output.slice(-3000))
}

/** What every change would change. */
async function stateOf(peer: ImapPeer, side: Side): Promise<unknown> {
  const client = await openImapFlow(peer)
  const { highestModseq, exists } = await client.mailboxOpen("INBOX")
  await client.logout()
  const names = (await readMaildir(side.inbox)).map(({ name }) => name)
  return { highestModseq, exists, names: names.sort() }
}

/** No "large" ones here: 5,000 of them would be a test of the disk. */
function letter(no: number): { token: string; message: Buffer } {
  const shapes = allShapes.filter(shape => shape !== "large")
  const token = `isync${no}x`
  const wish = { from: "someone@far.example", to: "ada@house.example", token }
  const { bytes } = makeMessage(shapes[no % shapes.length] ?? "plain", wish, 10_000 + no)
  assert.ok(bytes.length <= largest)
  return { token, message: bytes }
}

async function fill(peer: ImapPeer, desk: Side): Promise<void> {
  const client = await openImapFlow(peer)
  for (let no = 0; no < howMany; no += 1) {
    if (isUploaded(no)) await addMail(desk.inbox, letter(no).message, isSeen(no) ? "S" : "")
    else await client.append("INBOX", letter(no).message, isSeen(no) ? ["\\Seen"] : [])
  }
  await client.logout()
}

const isUploaded = (no: number) => no % 2 === 0 || no >= howMany
const isSeen = (no: number) => no % 3 === 0

function assertIs(mails: ReadonlyMap<string, MaildirMail>, no: number): void {
  const { token, message } = letter(no)
  const mail = mails.get(token)
  assert.ok(mail !== undefined, `${token} is missing`)
  assert.ok(withoutMark(mail.message).equals(message), `${token} is not as it was`)
  if (no < howMany) assert.equal(mail.flags.includes("S"), isSeen(no), `${token} has flags ${mail.flags}`)
}

function withoutMark(message: Buffer): Buffer {
  return Buffer.from(message.toString("latin1").replace(/^X-TUID: [A-Za-z0-9+/]{12}\r\n/m, ""), "latin1")
}

interface Content {
  readonly inbox: ReadonlyMap<string, MaildirMail>
  readonly archive: ReadonlyMap<string, MaildirMail>
}

async function contentOf(side: Side): Promise<Content> {
  return { inbox: byToken(await readMaildir(side.inbox)), archive: byToken(await readMaildir(side.archive)) }
}

function byToken(mails: readonly MaildirMail[]): ReadonlyMap<string, MaildirMail> {
  const found = new Map(mails.map(mail => [tokenOf(mail.message), mail]))
  assert.equal(found.size, mails.length, "a message is there twice")
  return found
}

function tokenOf(message: Buffer): string {
  const token = /^Subject: \S+ (\S+)\r$/m.exec(message.toString("latin1"))?.[1]
  assert.ok(token !== undefined)
  return token
}

/** Numbers of messages that each side changes: apart from one another, so that nothing is undecided. */
const range = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at)
const plan = {
  desk: { flagged: range(100, 50), removed: range(200, 50), moved: range(300, 30), added: range(6_000, 40) },
  phone: {
    answered: range(1_100, 50),
    removed: range(1_200, 50),
    moved: range(1_300, 30),
    added: range(7_000, 40),
  },
}

async function changeDesk(side: Side): Promise<void> {
  await change(side, { ...plan.desk, marked: plan.desk.flagged, mark: "F" })
}

async function changePhone(side: Side): Promise<void> {
  await change(side, { ...plan.phone, marked: plan.phone.answered, mark: "R" })
}

async function change(
  side: Side,
  what: Record<"removed" | "moved" | "added" | "marked", readonly number[]> & { readonly mark: string },
): Promise<void> {
  const { inbox } = await contentOf(side)
  const mail = (no: number) => {
    const found = inbox.get(`isync${no}x`)
    assert.ok(found !== undefined, `message ${no}`)
    return found
  }
  for (const no of what.marked) await setFlags(side.inbox, mail(no), `${mail(no).flags}${what.mark}`)
  for (const no of what.removed) await removeMail(mail(no))
  for (const no of what.moved) await moveMail(mail(no), side.archive)
  for (const no of what.added) await addMail(side.inbox, letter(no).message, "S")
}

function assertAlike(one: Content, other: Content): void {
  for (const box of ["inbox", "archive"] as const) {
    assert.deepEqual([...one[box].keys()].sort(), [...other[box].keys()].sort())
    for (const [token, mail] of one[box]) {
      const twin = other[box].get(token)?.message ?? Buffer.alloc(0)
      assert.ok(withoutMark(twin).equals(withoutMark(mail.message)), `${token} differs`)
      assert.equal(other[box].get(token)?.flags, mail.flags, `flags of ${token}`)
    }
  }
}

function assertChanged({ inbox, archive }: Content): void {
  const { desk, phone } = plan
  for (const no of desk.flagged) assert.match(inbox.get(`isync${no}x`)?.flags ?? "none", /F/)
  for (const no of phone.answered) assert.match(inbox.get(`isync${no}x`)?.flags ?? "none", /R/)
  for (const no of [...desk.removed, ...phone.removed])
    assert.ok(!inbox.has(`isync${no}x`), `${no} came back`)
  const moved = [...desk.moved, ...phone.moved]
  assert.deepEqual([...archive.keys()].sort(), moved.map(no => `isync${no}x`).sort())
  for (const no of [...desk.added, ...phone.added]) assertIs(inbox, no)
  assert.equal(inbox.size, howMany - 100 - 60 + 80)
}

/** By another client's eyes. */
async function assertOnServer(peer: ImapPeer, content: Content): Promise<void> {
  const client = await openImapFlow(peer)
  for (const [name, mails] of [
    ["INBOX", content.inbox],
    ["Archive", content.archive],
  ] as const) {
    const lock = await client.getMailboxLock(name)
    const listed = await client.fetchAll("1:*", { source: true, flags: true, envelope: true })
    lock.release()
    assert.equal(listed.length, mails.size, name)
    for (const { source, flags, envelope } of listed) {
      const mail = mails.get(envelope?.subject?.split(" ").at(-1) ?? "")
      assert.ok(mail !== undefined && source !== undefined, envelope?.subject)
      assert.ok(withoutMark(source).equals(withoutMark(mail.message)), envelope?.subject)
      assert.equal(flags?.has("\\Seen"), mail.flags.includes("S"), envelope?.subject)
      assert.equal(flags?.has("\\Flagged"), mail.flags.includes("F"), envelope?.subject)
    }
  }
  await client.logout()
}
