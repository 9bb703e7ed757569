/**
 * Tags on the return paths of what people send: a report about a message comes back to the address that the message went
 * out with, so an address that stands for one message says which one a report is about, and that it was sent from here.
 *
 *     tagged = plain "+b=" id mac "@" domain
 *     id     = 11base32                        the message's number in the queue
 *     mac    = 8base32                         40 bits of a keyed hash over the account and the number
 *     base32 = "a"-"z" / "2"-"7"               RFC 4648 §6 in lower case; read in any, as some servers fold local parts
 *
 * All of it is atoms (RFC 5322 §3.2.3). A tag behind "+" is one of the same mailbox, here and to greylisting elsewhere, which
 * leaves such tags out; a message has the same at each of its tries. Whoever gets the message knows its tag: that a tag is
 * ours says which message it is about, and not who speaks.
 */
import { timingSafeEqual } from "node:crypto"
import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"
import type { MailId } from "./contract.ts"

export interface ReturnTags {
  /** The address as it is where it has a tag already, is quoted, or would be longer than every server takes. */
  tag(address: string, account: AccountId, mail: MailId): string
  /** Undefined for what does not look like one of ours. */
  read(address: string): TaggedAddress | undefined
}

export interface TaggedAddress {
  /** Without the tag. */
  readonly plain: string
  /** The message that the tag was made for, where it was made here, for one of this account's. */
  mailOf(account: AccountId): MailId | undefined
}

/** Octets of a local part that every server takes: RFC 5321 §4.5.3.1.1. */
const localPartLimit = 64
/** Octets of an address: RFC 5321 §4.5.3.1.3, without the brackets. */
const addressLimit = 254
const idLetters = 11
const macLetters = 8
const macOctets = 5
const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
const tagged = new RegExp(`^([^"+][^+]*)\\+b=([a-z2-7]{${idLetters}})([a-z2-7]{${macLetters}})$`, "i")

export function createReturnTags(vaults: Pick<Vaults, "serverHash">): ReturnTags {
  const macOf = (account: AccountId, mail: MailId): Buffer =>
    vaults.serverHash("return-tag", `${account} ${mail}`).subarray(0, macOctets)
  return {
    tag(address, account, mail) {
      const [local, domain] = splitAddress(address)
      if (local === "" || local.startsWith('"') || local.includes("+")) return address
      const mac = written(BigInt(`0x${macOf(account, mail).toString("hex")}`), macLetters)
      const longer = `${local}+b=${written(BigInt(mail), idLetters)}${mac}`
      const whole = `${longer}@${domain}`
      const isLong = Buffer.byteLength(longer) > localPartLimit || Buffer.byteLength(whole) > addressLimit
      return isLong ? address : whole
    },
    read(address) {
      const [local, domain] = splitAddress(address)
      const [, plain, id, mac] = tagged.exec(local) ?? []
      if (plain === undefined || id === undefined || mac === undefined) return undefined
      const mail = Number(numberOf(id))
      const given = Buffer.from(
        numberOf(mac)
          .toString(16)
          .padStart(2 * macOctets, "0"),
        "hex",
      )
      return {
        plain: `${plain}@${domain}`,
        mailOf: account =>
          mail <= Number.MAX_SAFE_INTEGER && timingSafeEqual(given, macOf(account, mail)) ? mail : undefined,
      }
    },
  }
}

/** An address without a tag that looks like one of this program, on whatever server it was made; else as it is. */
export function withoutTag(address: string): string {
  const [local, domain] = splitAddress(address)
  const [, plain] = tagged.exec(local) ?? []
  return plain === undefined ? address : `${plain}@${domain}`
}

function splitAddress(address: string): readonly [local: string, domain: string] {
  const at = address.lastIndexOf("@")
  return at < 1 ? ["", ""] : [address.slice(0, at), address.slice(at + 1)]
}

/** The highest digit first. */
function written(value: bigint, letters: number): string {
  let text = ""
  for (let rest = value; text.length < letters; rest >>= 5n) text = alphabet.charAt(Number(rest & 31n)) + text
  return text
}

function numberOf(text: string): bigint {
  let value = 0n
  for (const letter of text.toLowerCase()) value = (value << 5n) | BigInt(alphabet.indexOf(letter))
  return value
}
