import { type Broken, broken, syntax } from "../fault.ts"
import { maxEnvid } from "../limits.ts"
import type { Session } from "../session.ts"
import type { Parameter } from "./esmtp-parameters.ts"
import { type FutureRelease, type Release, type ReleaseRead, readHoldFor, readHoldUntil } from "./release.ts"
import { decodeXtext, isXtext } from "./xtext.ts"

/** What may follow the reverse-path of MAIL. */
export interface MailParameters {
  /** Octets: RFC 1870 §6. */
  readonly size?: number
  /** RFC 6152 §3. */
  readonly body: "7BIT" | "8BITMIME"
  readonly smtputf8: boolean
  /** RFC 8689 §2. */
  readonly requireTls: boolean
  /** RFC 3461 §4.3. */
  readonly ret?: "FULL" | "HDRS"
  /** Decoded: RFC 3461 §4.4. */
  readonly envid?: string
  /** RFC 4865 §3. */
  readonly release?: Release
}

type Draft = { -readonly [K in keyof MailParameters]: MailParameters[K] }

export function mailParameters(
  session: Session,
  parameters: readonly Parameter[],
): Broken | { readonly kind: "mail-parameters"; readonly said: MailParameters } {
  const said: Draft = { body: "7BIT", smtputf8: false, requireTls: false }
  for (const { keyword, value } of parameters) {
    const read = readers.get(keyword)
    // RFC 5321 §4.1.1.11: 555 for a parameter that is not known.
    if (read === undefined) return unknownParameter
    const fault = read(said, value, session)
    if (fault !== undefined) return fault
  }
  return { kind: "mail-parameters", said }
}

const unknownParameter = broken("syntax", { code: 555, enhanced: "5.5.4", text: "Unknown parameter" })

type Reader = (said: Draft, value: string | undefined, session: Session) => Broken | undefined

/** One of the two that ask for a time to send, both of them never. */
const hold =
  (read: (value: string, offer: FutureRelease) => ReleaseRead): Reader =>
  (said, value, { profile: { futureRelease } }) => {
    if (futureRelease === undefined) return unknownParameter
    if (said.release !== undefined) return syntax("HOLDFOR or HOLDUNTIL, not both")
    const result = read(value ?? "", futureRelease)
    switch (result.kind) {
      case "release":
        said.release = result.release
        return undefined
      case "malformed":
        return syntax("HOLDFOR takes seconds, HOLDUNTIL a time such as 2030-01-31T09:00:00Z")
      case "past":
        return syntax("HOLDUNTIL is a time that is over")
      case "too-far":
        return syntax(`A message waits ${futureRelease.mostSeconds} seconds at most`)
    }
  }

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>(
  Object.entries<Reader>({
    SIZE: (said, value, session) => {
      if (value === undefined || !/^[0-9]{1,20}$/.test(value)) return syntax("SIZE takes a number of octets")
      const size = Number(value)
      if (size > session.profile.limits.messageBytes) {
        return broken("too-big", { code: 552, enhanced: "5.3.4", text: "Message too big" }) // RFC 1870 §6.1
      }
      said.size = size
      return undefined
    },
    BODY: (said, value) => {
      const body = value?.toUpperCase()
      if (body !== "7BIT" && body !== "8BITMIME") return syntax("BODY is 7BIT or 8BITMIME")
      said.body = body
      return undefined
    },
    SMTPUTF8: (said, value) => {
      if (value !== undefined) return syntax("SMTPUTF8 takes no value") // RFC 6531 §3.4
      said.smtputf8 = true
      return undefined
    },
    REQUIRETLS: (said, value, session) => {
      if (value !== undefined) return syntax("REQUIRETLS takes no value")
      if (!session.secure) {
        return broken("order", { code: 530, enhanced: "5.7.0", text: "REQUIRETLS needs STARTTLS first" })
      }
      said.requireTls = true
      return undefined
    },
    RET: (said, value) => {
      const ret = value?.toUpperCase()
      if (ret !== "FULL" && ret !== "HDRS") return syntax("RET is FULL or HDRS")
      said.ret = ret
      return undefined
    },
    // RFC 4954 §5: who wrote it first, by the word of who signed in. It is read, and believed of nobody.
    AUTH: (_, value, session) => {
      if (session.signIn === undefined) return unknownParameter
      if (value !== "<>" && (value === undefined || !isXtext(value))) return syntax("AUTH is not xtext")
      return undefined
    },
    HOLDFOR: hold(readHoldFor),
    HOLDUNTIL: hold(readHoldUntil),
    ENVID: (said, value) => {
      if (value === undefined || value.length > maxEnvid || !isXtext(value))
        return syntax("ENVID is not xtext")
      const envid = decodeXtext(value)
      // RFC 3461 §4.4: what is encoded is printable US-ASCII.
      if (!/^[\x20-\x7e]+$/.test(envid)) return syntax("ENVID is not printable")
      said.envid = envid
      return undefined
    },
  }),
)
