import { inspect } from "node:util"
import type { MailContent, Privacy } from "../../server/src/privacy/index.ts"
import type { AccountId } from "../../server/src/store/ids.ts"

/**
 * Code as somebody might write it in a hurry, casts and all: each case shows a message, or a piece of it, by a way that
 * the gate has to stop. The trial puts it into a copy of the server (see plant.ts), in the place of the code that
 * answers RETR. It imports nothing of the server's at run time, so that it runs where it is put.
 */
export const cases = [
  "as it should be",
  "a permit about another account",
  "a permit about other accounts",
  "a permit about nobody",
  "a permit for another purpose",
  "a permit that was kept after its work",
  "a permit of work that takes a day",
  "a purpose that nobody declared",
  "text",
  "a sum of text",
  "JSON",
  "a print for a log",
  "a copy of its fields",
  "told to the DNS",
] as const

/** `no`: which case, from 1 on. */
export async function careless(
  privacy: Pick<Privacy, "gate" | "disclose">,
  account: AccountId,
  no: number,
  piece: MailContent<Buffer>,
): Promise<Buffer> {
  const { gate } = privacy
  const mine = { kind: "account", account } as const
  const other = (account + 1) as AccountId // another account, or none
  switch (cases[no - 1]) {
    case "a permit about another account":
      return await gate("mail.read", { kind: "account", account: other }, async permit => piece.open(permit))
    case "a permit about other accounts":
      return await gate("mail.read", { kind: "accounts", accounts: [other] }, async permit =>
        piece.open(permit),
      )
    case "a permit about nobody":
      return await gate("mail.read", { kind: "stranger" }, async permit => piece.open(permit))
    case "a permit for another purpose":
      return await gate("account.serve", mine, async permit => piece.open(permit as never))
    case "a permit that was kept after its work":
      return piece.open(await gate("mail.read", mine, async permit => permit))
    case "a permit of work that takes a day":
      return await gate("mail.read", mine, async permit => aDayLater(() => piece.open(permit)))
    case "a purpose that nobody declared":
      return await gate("marketing.campaign" as never, mine, async permit => piece.open(permit))
    case "text":
      return Buffer.from(piece.toString())
    case "a sum of text":
      return Buffer.from(`${piece as unknown as string}`)
    case "JSON":
      return Buffer.from(JSON.stringify({ piece }))
    case "a print for a log":
      return Buffer.from(inspect({ piece }))
    case "a copy of its fields":
      return Buffer.from(Object.values({ ...piece }).join())
    case "told to the DNS": {
      const released = await gate("mail.screen", mine, permit =>
        privacy.disclose(permit, "dns", piece as never),
      )
      return released.value as Buffer
    }
    default:
      return await gate("mail.read", mine, async permit => piece.open(permit))
  }
}

function aDayLater<T>(work: () => T): T {
  const { now } = Date
  Date.now = () => now() + 24 * 3_600_000
  try {
    return work()
  } finally {
    Date.now = now
  }
}
