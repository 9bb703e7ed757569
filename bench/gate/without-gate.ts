/**
 * A copy of the repository with the gate taken out: what it costs is what the copy saves. Everything that is taken out
 * stands here; a place that the source does not have any more stops the bench.
 *
 * What stays in the copy: one object for each personal value, since its `open` is written all over the house.
 */
import type { Mutation } from "../../promises/check-file.ts"
import { makeScratchCopy, mutate, type ScratchCopy } from "../../promises/scratch-copy.ts"

export const takenOut: Mutation = {
  name: "the gate is taken out",
  why: "to measure what it costs",
  // no permit is made, none ends
  file: "server/src/privacy/gate.ts",
  find: `    async gate(purpose, subject, work) {
      const choice = needed(purpose)
      if (choice !== undefined) await requireChoice(options.choices, purpose, subject, choice)
      const permit = issuePermit(purpose, subject, given)
      try {
        return await work(permit)
      } finally {
        endPermit(permit)
      }
    },`,
  replace: "    gate: (_purpose, _subject, work) => work(undefined as never),",
  also: [
    // a value opens without a permit
    {
      file: "server/src/privacy/personal.ts",
      find: "    permit.requireFor(this.category, this.whose)\n",
      replace: "",
    },
    // questions to the DNS are asked and not released
    {
      file: "server/src/build-house.ts",
      find: "discloseToDns(privacy, resolver.over)",
      replace: "{ ...resolver, naming: () => resolver }",
    },
    // a socket opens without leave, and without a reservation in the ledger
    { file: "server/src/ports/network/egress.ts", find: "    await this.#allow()\n", replace: "" },
    // the ledger has nothing to number
    {
      file: "server/src/privacy/ledger/record.ts",
      find: "subject === null ? recordForAll(parts, tx, event) : recordFor(parts, tx, subject, event)",
      replace: "Promise.resolve()",
    },
  ],
}

export async function copyWithoutGate(repository: string): Promise<ScratchCopy> {
  const copy = await makeScratchCopy(repository)
  try {
    await mutate(copy.root, takenOut)
    return copy
  } catch (error) {
    await copy.remove()
    throw error
  }
}
