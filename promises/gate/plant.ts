/** A copy of the repository in which the code that answers RETR is careless (careless.ts). */
import { copyFile, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { applyEdit, makeScratchCopy, type ScratchCopy } from "../scratch-copy.ts"

const door = "server/src/doors/pop3/commands"
const file = `${door}/retrieve.ts`

const edits = [
  {
    file,
    find: 'import { BrokenOffError } from "../broken-off-error.ts"\n',
    replace:
      'import { BrokenOffError } from "../broken-off-error.ts"\nimport { careless } from "./careless.ts"\n',
  },
  {
    file,
    find: `yield await house.privacy.gate("mail.read", { kind: "account", account }, async permit =>
      piece.open(permit),
    )`,
    replace: "yield await careless(house.privacy, account, uid, piece)",
  },
]

export async function plantCareless(repository: string): Promise<ScratchCopy> {
  const copy = await makeScratchCopy(repository)
  try {
    const place = join(copy.root, file)
    const planted = edits.reduce(
      (text, edit) => applyEdit(text, edit, "careless code in the POP3 door"),
      await readFile(place, "utf8"),
    )
    await writeFile(place, planted)
    await copyFile(join(import.meta.dirname, "careless.ts"), join(copy.root, door, "careless.ts"))
    return copy
  } catch (error) {
    await copy.remove()
    throw error
  }
}
