/**
 * The mails of the run, ready to send: made from a seed, signed with DKIM by the domain of their sender, and the
 * DNS zone in which SPF (from 127.0.0.0/8), DKIM and DMARC of all of them pass.
 */
import { open, writeFile } from "node:fs/promises"
import path from "node:path"
import { type DkimKey, makeDkimKey, signDkim } from "../../fixtures/dkim-signer.ts"
import type { Zone, ZoneName } from "../../fixtures/dns-server.ts"
import { makeMessage, seededRandom, senderOf, sizeOf } from "../measure/corpus.ts"
import type { CorpusFile } from "./load-protocol.ts"

export interface Prepared {
  readonly descriptionFile: string
  readonly zone: Zone
  /** Octets of one pass over the corpus. */
  readonly octets: number
}

export async function prepareCorpus(folder: string, count: number): Promise<Prepared> {
  const random = seededRandom(count)
  const keys = new Map<string, DkimKey>()
  const keyOf = (domain: string): DkimKey => {
    const key = keys.get(domain) ?? makeDkimKey(domain)
    keys.set(domain, key)
    return key
  }
  const file = path.join(folder, "corpus")
  const handle = await open(file, "w")
  const messages: CorpusFile["messages"][number][] = []
  let offset = 0
  for (let index = 0; index < count; index++) {
    const { address, domain } = senderOf(index)
    const plain = makeMessage(random, sizeOf(random), index)
    const content = dotStuffed(signDkim(plain, keyOf(domain)))
    await handle.writev(content)
    const length = content.reduce((sum, piece) => sum + piece.length, 0)
    messages.push({ start: offset, end: offset + length, from: address })
    offset += length
  }
  await handle.close()
  const descriptionFile = path.join(folder, "corpus.json")
  await writeFile(descriptionFile, JSON.stringify({ file, messages } satisfies CorpusFile))
  return { descriptionFile, zone: zoneOf([...keys.values()]), octets: offset }
}

/** RFC 5321 §4.5.2; the corpus itself has no line that begins with a dot, but a signature might. */
function dotStuffed(message: Buffer): readonly Buffer[] {
  const stuffed = message.includes("\n.")
    ? Buffer.from(message.toString("latin1").replaceAll("\n.", "\n.."), "latin1")
    : message
  return [stuffed, Buffer.from(".\r\n")]
}

function zoneOf(keys: readonly DkimKey[]): Zone {
  const zone: Record<string, ZoneName> = {
    "1.0.0.127.in-addr.arpa": { PTR: ["mail.sender0.example"] },
    "mail.sender0.example": { A: ["127.0.0.1"] },
  }
  for (const { domain, selector, record } of keys) {
    zone[domain] = {
      TXT: ["v=spf1 ip4:127.0.0.0/8 -all"],
      MX: [{ preference: 10, exchange: "mail.sender0.example" }],
      A: ["127.0.0.1"],
    }
    zone[`${selector}._domainkey.${domain}`] = { TXT: [record] }
    zone[`_dmarc.${domain}`] = { TXT: ["v=DMARC1; p=reject"] }
  }
  return zone
}
