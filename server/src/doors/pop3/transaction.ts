/**
 * The TRANSACTION state (RFC 1939 §5): a client that has signed in, and its maildrop. Each command is answered by a
 * file of its own; QUIT leads to the UPDATE state, everything else that ends the connection does not.
 */
import { type Command, failed, ok } from "@letterkeep/pop3"
import type { Mail } from "../../messages/index.ts"
import type { AccountId } from "../../store/ids.ts"
import { capabilitiesFor } from "./capabilities.ts"
import { dele } from "./commands/dele.ts"
import { list } from "./commands/list.ts"
import { quit } from "./commands/quit.ts"
import { retrieve } from "./commands/retrieve.ts"
import { rset } from "./commands/rset.ts"
import { stat } from "./commands/stat.ts"
import { uidl } from "./commands/uidl.ts"
import type { House } from "./house.ts"
import type { Line } from "./line.ts"
import type { Maildrop } from "./maildrop.ts"
import { writeList } from "./write-list.ts"

export interface Visit {
  readonly house: House
  readonly line: Line
  readonly account: AccountId
  readonly mail: Mail
  readonly maildrop: Maildrop
  /** A message has gone out whole. */
  readonly retrieved: () => void
}

/** Resolves when the client has quit, gone, or made no sense for too long. */
export async function transact(visit: Visit): Promise<void> {
  const { house, line, maildrop } = visit
  await line.write(ok(`${maildrop.count} messages, ${maildrop.octets} octets`))
  let bad = 0
  for (;;) {
    if (house.isDraining()) return
    const heard = await line.next()
    if (heard === undefined) return
    if (heard.kind === "lost" || heard.kind === "line") {
      await line.write(failed("That line is too long. Goodbye", "SYS/PERM"))
      return
    }
    if (heard.kind === "bad") {
      bad += 1
      await line.write(failed(heard.text))
      if (bad > house.limits.badCommands) return
      continue
    }
    bad = 0
    if (heard.command.name === "QUIT") {
      await quit(visit)
      return
    }
    await serve(visit, heard.command)
  }
}

async function serve(visit: Visit, command: Exclude<Command, { readonly name: "QUIT" }>): Promise<void> {
  const { line } = visit
  switch (command.name) {
    case "STAT":
      return await stat(visit)
    case "LIST":
      return await list(visit, command)
    case "UIDL":
      return await uidl(visit, command)
    case "RETR":
      return await retrieve(visit, command.message, undefined)
    case "TOP":
      return await retrieve(visit, command.message, command.lines)
    case "DELE":
      return await dele(visit, command)
    case "RSET":
      return await rset(visit)
    case "NOOP":
      return await line.write(ok("Done"))
    case "CAPA":
      await line.write(ok("What can be done here"))
      // Who got here could show a password: over TLS, or where the operator lets it be shown.
      return await writeList(line, capabilitiesFor({ tls: line.tls, passwords: true, stls: false }))
    case "USER":
    case "PASS":
    case "AUTH":
    case "STLS":
      return await line.write(failed("You are signed in already"))
  }
}
