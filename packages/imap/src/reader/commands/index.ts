import type { Command } from "../../command.ts"
import type { Decoder } from "../decoder.ts"
import { append } from "./append.ts"
import { authenticate } from "./authenticate.ts"
import { bare } from "./bare.ts"
import { compress } from "./compress.ts"
import { copyOrMove } from "./copy.ts"
import { create } from "./create.ts"
import { enable } from "./enable.ts"
import { uidExpunge } from "./expunge.ts"
import { fetchMessages } from "./fetch.ts"
import { id } from "./id.ts"
import { list } from "./list.ts"
import { login } from "./login.ts"
import { lsub } from "./lsub.ts"
import { named, rename } from "./mailbox-commands.ts"
import { getQuota, getQuotaRoot, setQuota } from "./quota.ts"
import { replace } from "./replace.ts"
import { search } from "./search.ts"
import { select } from "./select.ts"
import { sort } from "./sort.ts"
import { status } from "./status.ts"
import { store } from "./store.ts"
import { thread } from "./thread.ts"

/** Reads what follows the command's name. */
export type Parser = (d: Decoder) => Command

const parsers: ReadonlyMap<string, Parser> = new Map([
  ...(
    [
      ...["CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "NAMESPACE"],
      ...["IDLE", "CHECK", "CLOSE", "UNSELECT"],
    ] as const
  ).map(name => [name, bare(name)] as const),
  ["ID", id],
  ["LOGIN", login],
  ["AUTHENTICATE", authenticate],
  ["ENABLE", enable],
  ["COMPRESS", compress],
  ["SELECT", select("SELECT")],
  ["EXAMINE", select("EXAMINE")],
  ["CREATE", create],
  ["DELETE", named("DELETE")],
  ["SUBSCRIBE", named("SUBSCRIBE")],
  ["UNSUBSCRIBE", named("UNSUBSCRIBE")],
  ["RENAME", rename],
  ["LIST", list],
  ["LSUB", lsub],
  ["STATUS", status],
  ["APPEND", append],
  ["GETQUOTA", getQuota],
  ["GETQUOTAROOT", getQuotaRoot],
  ["SETQUOTA", setQuota],
  ["EXPUNGE", () => ({ name: "EXPUNGE", uids: undefined })],
  ["SEARCH", search(false)],
  ["SORT", sort(false)],
  ["THREAD", thread(false)],
  ["FETCH", fetchMessages(false)],
  ["STORE", store(false)],
  ["COPY", copyOrMove("COPY", false)],
  ["MOVE", copyOrMove("MOVE", false)],
  ["REPLACE", replace(false)],
])

/** RFC 9051 §6.4.9, RFC 4315 §2.1, RFC 5256 §3, RFC 8508 §3.3. */
const uidParsers: ReadonlyMap<string, Parser> = new Map([
  ["EXPUNGE", uidExpunge],
  ["SEARCH", search(true)],
  ["SORT", sort(true)],
  ["THREAD", thread(true)],
  ["FETCH", fetchMessages(true)],
  ["STORE", store(true)],
  ["COPY", copyOrMove("COPY", true)],
  ["MOVE", copyOrMove("MOVE", true)],
  ["REPLACE", replace(true)],
])

/** Takes the command's name, after UID where it stands; sets `verb`. */
export function parserOf(d: Decoder): Parser {
  const from = d.place()
  const name = d.keyword("the name of a command", "the tag")
  if (name !== "UID") {
    const parse = parsers.get(name)
    if (parse === undefined) throw d.expectedAt(from, "the name of a command", "the tag")
    d.verb = name
    return parse
  }
  d.verb = "UID"
  d.sp()
  const second = d.place()
  const verb = d.keyword("a command that goes by UID", "UID")
  const parse = uidParsers.get(verb)
  if (parse === undefined) throw d.expectedAt(second, "a command that goes by UID", "UID")
  d.verb = verb
  return parse
}
