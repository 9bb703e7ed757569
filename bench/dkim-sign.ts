/**
 * What signing costs: a message of 20 KB in pieces of 64 KB, its body hashed once, signed by no key, by RSA-2048, by
 * Ed25519, and by both. Beside mailauth on the same messages, in turns, in one process.
 *
 *     npm run bench -- dkim-sign [--rounds 5] [--messages 300] [--kilobytes 20] [--json]
 */
import { generateKeyPairSync } from "node:crypto"
import { createDkimSigner, type DkimSigner, type SigningKey, splitFields } from "@letterkeep/dkim"
import { dkimSign } from "mailauth/lib/dkim/sign.js"
import { makeMessage, seededRandom } from "./measure/corpus.ts"
import { median } from "./measure/quantile.ts"
import { type BenchOptions, type BenchResult, numberOption } from "./measure/result.ts"

const domain = "sender.example"
const now = Date.UTC(2025, 0, 6, 10)
const pieceBytes = 65_536
const rsa: SigningKey = {
  selector: "rsa",
  key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
}
const ed25519: SigningKey = { selector: "ed", key: generateKeyPairSync("ed25519").privateKey }

const ways: readonly (readonly [string, readonly SigningKey[]])[] = [
  ["unsigned", []],
  ["RSA-2048", [rsa]],
  ["Ed25519", [ed25519]],
  ["both", [rsa, ed25519]],
]

type Work = (message: Buffer) => Promise<number>

/** Gives the number of signatures made. The fields are split in any case: whoever sends has to look at them. */
function byLetterkeep(signer: DkimSigner | undefined): Work {
  return async message => {
    const end = message.indexOf("\r\n\r\n")
    const fields = splitFields(message.subarray(0, end + 2))
    const signing = signer?.begin()
    for (let at = end + 4; at < message.length; at += pieceBytes)
      signing?.body(message.subarray(at, at + pieceBytes))
    const signed = await signing?.sign(fields, { now })
    if (signed === undefined) return 0
    if (signed.kind === "unsigned") throw new Error(`not signed: ${signed.why}`)
    return signed.text.split("DKIM-Signature:").length - 1
  }
}

function byMailauth(keys: readonly SigningKey[]): Work {
  const signatureData = keys.map(({ selector, key }) => {
    const privateKey = key.export({ type: "pkcs8", format: "pem" }).toString()
    return { signingDomain: domain, selector, privateKey }
  })
  const [first] = signatureData
  if (first === undefined) throw new Error("mailauth signs with one key at least")
  return async message => {
    const { signatures } = await dkimSign(message, { ...first, signatureData, signTime: new Date(now) })
    return signatures.split("DKIM-Signature:").length - 1
  }
}

interface Cost {
  /** Microseconds a message: of all threads, and of the event loop's alone. */
  readonly all: number
  readonly loop: number
}

async function cost(work: Work, messages: readonly Buffer[], signatures: number): Promise<Cost> {
  const before = process.cpuUsage()
  const loopBefore = process.threadCpuUsage()
  for (const message of messages) {
    const made = await work(message)
    if (made !== signatures) throw new Error(`${made} signatures in place of ${signatures}`)
  }
  const all = process.cpuUsage(before)
  const loop = process.threadCpuUsage(loopBefore)
  return {
    all: (all.user + all.system) / messages.length,
    loop: (loop.user + loop.system) / messages.length,
  }
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const rounds = numberOption(options, "rounds", 5)
  const count = numberOption(options, "messages", 300)
  const bytes = numberOption(options, "kilobytes", 20) * 1_000
  const random = seededRandom(1)
  const messages = Array.from({ length: count }, (_, index) => makeMessage(random, bytes, index))
  const middle = (costs: readonly Cost[], of: keyof Cost): number => median(costs.map(each => each[of]))
  const rows: (string | number)[][] = []
  for (const [name, keys] of ways) {
    const ours = byLetterkeep(keys.length === 0 ? undefined : createDkimSigner({ domain, keys }))
    const theirs = keys.length === 0 ? undefined : byMailauth(keys)
    const ourCosts: Cost[] = []
    const theirCosts: Cost[] = []
    // One round more, the first, warms up both.
    for (let round = 0; round <= rounds; round += 1) {
      const our = await cost(ours, messages, keys.length)
      const their = theirs === undefined ? undefined : await cost(theirs, messages, keys.length)
      if (round === 0) continue
      ourCosts.push(our)
      if (their !== undefined) theirCosts.push(their)
    }
    const all = middle(ourCosts, "all")
    rows.push([
      name,
      all,
      middle(ourCosts, "loop"),
      1_000_000 / all,
      theirs === undefined ? "" : middle(theirCosts, "all"),
    ])
  }
  return {
    name: "dkim-sign",
    tables: [
      {
        title: `CPU microseconds a message of ${bytes / 1_000} KB, relaxed/relaxed`,
        columns: [
          "signed by",
          "all threads",
          "event loop",
          "messages per CPU second",
          "mailauth, all threads",
        ],
        rows,
      },
    ],
    notes: [
      `Median of ${rounds} rounds of ${count} messages, in turns. RSA is worked on Node's thread pool.`,
    ],
  }
}
