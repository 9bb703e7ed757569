import { randomBytes } from "node:crypto"
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"

/**
 * A Maildir as isync keeps it: messages with LF line ends, flags behind ":2," in the name, the UID behind ",U=". Our
 * side of a test changes it as a mail program would.
 */
export interface MaildirMail {
  readonly path: string
  readonly name: string
  /** D draft, F flagged, R replied, S seen, T trashed; sorted. */
  readonly flags: string
  /** With CRLF line ends, as it travels. */
  readonly message: Buffer
}

export async function makeMaildir(folder: string): Promise<void> {
  for (const part of ["cur", "new", "tmp"]) await mkdir(join(folder, part), { recursive: true })
}

export async function readMaildir(folder: string): Promise<readonly MaildirMail[]> {
  const mails: MaildirMail[] = []
  for (const part of ["cur", "new"]) {
    for (const name of await readdir(join(folder, part))) {
      const path = join(folder, part, name)
      const message = withCrlf(await readFile(path))
      mails.push({ path, name, flags: /:2,([A-Z]*)$/.exec(name)?.[1] ?? "", message })
    }
  }
  return mails
}

export async function addMail(folder: string, message: Buffer, flags = ""): Promise<void> {
  const name = `${Date.now()}.${randomBytes(8).toString("hex")}.test`
  const place = flags === "" ? join("new", name) : join("cur", `${name}:2,${flags}`)
  await writeFile(join(folder, place), withLf(message))
}

export async function setFlags(folder: string, mail: MaildirMail, flags: string): Promise<void> {
  const bare = mail.name.replace(/:2,[A-Z]*$/, "")
  await rename(mail.path, join(folder, "cur", `${bare}:2,${[...flags].sort().join("")}`))
}

/** In the other mailbox it has no UID yet. */
export async function moveMail(mail: MaildirMail, folder: string): Promise<void> {
  await rename(mail.path, join(folder, "cur", mail.name.replace(/,U=\d+/, "")))
}

export async function removeMail(mail: MaildirMail): Promise<void> {
  await rm(mail.path)
}

function withLf(message: Buffer): Buffer {
  return Buffer.from(message.toString("latin1").replaceAll("\r\n", "\n"), "latin1")
}

function withCrlf(message: Buffer): Buffer {
  return Buffer.from(message.toString("latin1").replaceAll("\n", "\r\n"), "latin1")
}
