import type { Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { type AskedKind, newestPublic, numberOf } from "./newest-public.ts"

/**
 * Whether the registers of which the ledger is told each entry have as many as it was told: who takes the newest out of
 * a table leaves it in the ledger, and who takes it out of the queue of the ledger leaves it in the table.
 */
const registers: Readonly<Record<AskedKind, { readonly what: string; readonly last: string }>> = {
  agreement: {
    what: "agreements with recipients",
    last: "select coalesce(max(number), 0) as last from agreement_entry",
  },
  "policy-version": {
    what: "versions of the policy",
    // those from before they had a MAC are without a number in the ledger
    last: "select coalesce(max(number), 0) as last from policy_version where mac is not null",
  },
}

export async function checkRegisters(
  tx: Tx,
  vaults: Pick<Vaults, "macOf">,
  fault: (sentence: string) => void,
): Promise<void> {
  for (const kind of ["agreement", "policy-version"] as const) {
    const { what, last } = registers[kind]
    const newest = await newestPublic(tx, vaults, kind)
    if (newest.kind === "unreadable") {
      fault(`What the ledger was last told of the ${what} cannot be read.`)
      continue
    }
    const told = newest.kind === "told" ? numberOf(newest.detail) : 0
    const [row] = await tx.unsafe<{ last: number }[]>(last)
    const there = row?.last ?? 0
    if (told > there)
      fault(
        `The ledger was told of ${told} ${what}, and the last that is there is ${there}: some were taken out.`,
      )
    if (told < there)
      fault(`There are ${there} ${what}, and the last that the ledger was told of is ${told}.`)
  }
}
