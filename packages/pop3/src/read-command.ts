/**
 * One line as a command (RFC 1939 §3, §9):
 *
 *     command   = keyword *(SP argument) CRLF       keyword: letters of any case; one space between
 *     USER name / PASS string / AUTH mechanism [SP initial-response]
 *     LIST [msg] / UIDL [msg] / RETR msg / DELE msg / TOP msg n
 *     msg       = number above 0; n = number
 *
 * PASS has one argument, so that its spaces belong to it (RFC 1939 §7). Blanks at the end of other lines are passed
 * over: some clients write them.
 */
import type { Command } from "./command.ts"

export type ReadCommand =
  | { readonly kind: "command"; readonly command: Command }
  /** `text` is for the client. */
  | { readonly kind: "bad"; readonly text: string }

const bad = (text: string): ReadCommand => ({ kind: "bad", text })
const unreadable = bad("That is no text: a command is UTF-8 without control characters")
const unknown = bad("There is no such command here")
const noArguments = bad("This command has no arguments")

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** `line` is without its CRLF. */
export function readCommand(line: Uint8Array): ReadCommand {
  const text = textOf(line)
  if (text === undefined) return unreadable
  const space = text.indexOf(" ")
  const keyword = (space < 0 ? text : text.slice(0, space)).toUpperCase()
  const rest = space < 0 ? "" : text.slice(space + 1)
  switch (keyword) {
    case "CAPA":
    case "STLS":
    case "STAT":
    case "NOOP":
    case "RSET":
    case "QUIT":
      return rest.trim() === "" ? { kind: "command", command: { name: keyword } } : noArguments
    case "USER": {
      const user = rest.trim()
      return user === "" ? bad("USER needs a name") : { kind: "command", command: { name: keyword, user } }
    }
    case "PASS":
      return rest === ""
        ? bad("PASS needs a password")
        : { kind: "command", command: { name: keyword, password: rest } }
    case "AUTH":
      return readAuth(wordsOf(rest))
    case "LIST":
    case "UIDL":
      return readMaybe(keyword, wordsOf(rest))
    case "RETR":
    case "DELE":
      return readOne(keyword, wordsOf(rest))
    case "TOP":
      return readTop(wordsOf(rest))
    default:
      return unknown
  }
}

function readAuth([mechanism, initial, ...more]: readonly string[]): ReadCommand {
  if (mechanism === undefined) return bad("AUTH needs the name of a mechanism; CAPA lists them")
  if (more.length > 0) return bad("AUTH has a mechanism and an initial response")
  return { kind: "command", command: { name: "AUTH", mechanism: mechanism.toUpperCase(), initial } }
}

function readMaybe(name: "LIST" | "UIDL", [first, ...more]: readonly string[]): ReadCommand {
  const message = first === undefined ? undefined : numberOf(first)
  if (more.length > 0 || (first !== undefined && message === undefined)) return noNumber
  return { kind: "command", command: { name, message } }
}

function readOne(name: "RETR" | "DELE", [first, ...more]: readonly string[]): ReadCommand {
  const message = numberOf(first)
  if (message === undefined || more.length > 0) return noNumber
  return { kind: "command", command: { name, message } }
}

function readTop([first, second, ...more]: readonly string[]): ReadCommand {
  const message = numberOf(first)
  const lines = numberOf(second)
  if (message === undefined || lines === undefined || more.length > 0) {
    return bad("TOP needs the number of a message and a number of lines")
  }
  return { kind: "command", command: { name: "TOP", message, lines } }
}

const noNumber = bad("This command needs the number of one message")

/** Digits alone, and few enough to be exact. */
function numberOf(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : undefined
}

function wordsOf(rest: string): readonly string[] {
  return rest.split(" ").filter(word => word !== "")
}

function textOf(line: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(line)
    // NUL, CR and LF within a line are no client's honest wish.
    return /\p{Cc}/u.test(text) ? undefined : text
  } catch {
    // not UTF-8: the caller has a word for it
    return undefined
  }
}
