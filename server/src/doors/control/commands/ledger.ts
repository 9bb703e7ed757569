import { z } from "zod"
import type { People } from "../../../people/index.ts"
import {
  type HouseLedger,
  LedgerBrokenError,
  mailAddress,
  type OwnLedger,
  type Privacy,
  type ProofFile,
  proofFormat,
  secret,
} from "../../../privacy/index.ts"
import type { VaultSession } from "../../../vaults/index.ts"
import { orRefuse } from "../answers.ts"
import { type ControlCall, ControlError, type ControlResult, command } from "../command.ts"

interface LedgerParts {
  readonly ledger: Pick<HouseLedger, "open" | "own" | "verify" | "flush">
  readonly people: Pick<People, "signIn">
  readonly privacy: Pick<Privacy, "gate">
  readonly now: () => number
}

/** Octets of one piece on the way to the client. */
const pieceBytes = 256 * 1024

/** The ledger, recomputed for the operator; and a person's own events, for that person. */
export const ledgerCommands = (parts: LedgerParts) => [
  command("ledger.verify", z.object({}), async () => {
    const verdict = await parts.ledger.verify()
    const { events, checkpoints, waiting, verifierKey, faults } = verdict
    if (faults.length > 0) throw new ControlError(["the ledger is not whole:", ...faults].join("\n  "))
    const rest = waiting === 0 ? "" : `, and ${waiting} that wait for their number`
    return {
      text:
        `the ledger is whole: ${events} events${rest}, ${checkpoints} signed checkpoints\n` +
        `its key: ${verifierKey}`,
      value: verdict,
    }
  }),
  command(
    "ledger.export",
    z.object({ address: z.string().max(1000), password: z.string().max(4096) }),
    async ({ address, password }, call) => {
      const { session } = orRefuse(
        await parts.people.signIn(mailAddress(address), secret(password), "control"),
      )
      try {
        return await writeProofs(parts, session, address, call)
      } finally {
        session.close()
      }
    },
  ),
]

/** The file of proof-file.ts, a page of events at a time, each page under a permit of its own. */
async function writeProofs(
  parts: LedgerParts,
  session: VaultSession,
  address: string,
  call: ControlCall,
): Promise<ControlResult> {
  await parts.ledger.flush()
  const own = await ownOf(parts.ledger, session)
  const { origin, verifierKey } = parts.ledger.open
  const head: Omit<ProofFile, "events" | "locked" | "altered"> = {
    format: proofFormat,
    madeAt: new Date(parts.now()).toISOString(),
    address,
    origin,
    verifierKey,
    checkpoint: own.checkpoint,
  }
  await send(call, `${JSON.stringify(head, null, 2).replace(/\n\}$/, "")},\n  "events": [`)
  const counts = { events: 0, locked: 0, altered: 0 }
  const subject = { kind: "account", account: session.account } as const
  for await (const page of own.pages) {
    counts.locked += page.locked
    counts.altered += page.altered
    await parts.privacy.gate("ledger.show", subject, async permit => {
      for (const event of page.events.open(permit))
        await send(call, `${counts.events++ === 0 ? "" : ","}\n    ${JSON.stringify(event)}`)
    })
  }
  await send(call, `\n  ],\n  "locked": ${counts.locked},\n  "altered": ${counts.altered}\n}\n`)
  call.progress(sayCounts(counts))
  return { text: "", value: counts }
}

async function ownOf(ledger: LedgerParts["ledger"], session: VaultSession): Promise<OwnLedger> {
  try {
    const own = await ledger.own(session)
    if (own === undefined) throw new ControlError("the ledger has no events yet")
    return own
  } catch (error) {
    if (!(error instanceof LedgerBrokenError)) throw error
    throw new ControlError(`nothing can be proven: ${error.message}. See: ./letterkeep ledger verify`)
  }
}

interface Counts {
  readonly events: number
  readonly locked: number
  readonly altered: number
}

function sayCounts({ events, locked, altered }: Counts): string {
  return [
    `${events} events with their proofs: the page /ledger/verify of this server checks the file, without a network`,
    ...(locked === 0 ? [] : [`${locked} events from before the password was reset stayed locked`]),
    ...(altered === 0
      ? []
      : [
          `${altered} events are not what was written, or gone from the ledger, and not in the file: somebody changed the database`,
        ]),
  ].join("\n")
}

async function send(call: ControlCall, text: string): Promise<void> {
  const bytes = Buffer.from(text, "utf8")
  for (let at = 0; at < bytes.length; at += pieceBytes) await call.bytes(bytes.subarray(at, at + pieceBytes))
}
