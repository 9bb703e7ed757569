/** What takes away that nothing flows without an agreement, and the test of SHARE-8 that notices it. */
import type { Mutation } from "../check-file.ts"

export const beyondThePolicy = "nothing can be agreed beyond what the policy declares"
export const staysEnded = "what was ended stays ended when the server starts again"
export const altered =
  "a register that somebody altered in the database lets nothing out until the operator agrees anew"
export const seenStays =
  "what a server has seen agreed or ended nobody takes back from it, in the ledger's rows neither"
export const onlyGrows = "the server's own connections cannot take an agreement out of the register"

export const mutations: readonly Mutation[] = [
  {
    name: "an agreement that was ended goes on",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: "if (agreement.endedAt !== undefined)",
    replace: "if (agreement.endedAt === -1)",
    why: "the operator would have ended it, and everything would go on as before",
  },
  {
    name: "time runs out and nothing happens",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: "now >= agreement.until",
    replace: "now < 0",
    why: "an agreement would have no end",
  },
  {
    name: "fields are not compared with the agreement",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: "!agreement.fields.includes(category)",
    replace: "agreement.fields.length === 0",
    why: "a recipient would get more than was agreed",
  },
  {
    name: "fields beyond the policy can be agreed",
    file: "server/src/privacy/disclosing/wish.ts",
    find: "...(wish.fields ?? []).filter(name => !most.fields.some(field => field === name)),",
    replace: "",
    why: "what the policy does not declare could be agreed",
    noticedBy: beyondThePolicy,
  },
  {
    name: "purposes beyond the policy can be agreed",
    file: "server/src/privacy/disclosing/wish.ts",
    find: "...(wish.purposes ?? []).filter(name => !most.purposes.some(purpose => purpose === name)),",
    replace: "",
    why: "what the policy does not declare could be agreed",
    noticedBy: beyondThePolicy,
  },
  {
    name: "what has ended already can be agreed",
    file: "server/src/privacy/disclosing/wish.ts",
    find: '  if (wish.until !== undefined && !(wish.until > now)) return refused("it would have ended already")\n',
    replace: "",
    why: "a slip of the hand in a date would stop the mail, and the command would say that all is well",
    noticedBy: beyondThePolicy,
  },
  {
    name: "the server may take agreements out of the register",
    file: "server/src/store/app-rights.ts",
    find: 'agreement_entry: ["insert"],',
    replace: 'agreement_entry: ["insert", "delete"],',
    why: "nobody could say later what had been agreed with whom",
    noticedBy: onlyGrows,
  },
  {
    name: "the log says of each message that nothing goes there",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "const quietFor = 60_000",
    replace: "const quietFor = 0",
    why: "what else the operator should read would drown",
  },
  {
    name: "ending an agreement ends nothing",
    file: "server/src/privacy/disclosing/register.ts",
    find: "await change(tx, found, [ending(name)])",
    replace: "await change(tx, found, [])",
    why: "the operator could not stop a recipient",
  },
  {
    name: "a standing agreement comes back at the next start",
    file: "server/src/privacy/disclosing/first-entries.ts",
    find: "new Set([...found.entries, ...before].map(one => one.recipient))",
    replace: "new Set<string>()",
    why: "what the operator ended would begin again by itself",
    noticedBy: staysEnded,
  },
  {
    name: "an entry that somebody wrote into the database counts",
    file: "server/src/privacy/disclosing/rows.ts",
    find: 'if (!vaults.isMacOf(mac, "agreement", ...saidBy(entry)))',
    replace: "if (mac.length === 0)",
    why: "whoever owns the database could agree to anything",
    noticedBy: altered,
  },
  {
    name: "an end that somebody took out of the database is not missed",
    file: "server/src/privacy/disclosing/rows.ts",
    find: "if (told > last) return",
    replace: "if (told > last + 1000) return",
    why: "whoever owns the database could bring back what the operator has ended",
    noticedBy: altered,
  },
  {
    name: "an end that somebody took out between others is not missed",
    file: "server/src/privacy/disclosing/rows.ts",
    find: "if (entry.number !== next) return",
    replace: "if (entry.number < next) return",
    why: "whoever owns the database could bring back what the operator has ended",
    noticedBy: altered,
  },
  {
    name: "a server believes a register that has gone back",
    file: "server/src/privacy/disclosing/register.ts",
    find: ": read.last < known.last\n",
    replace: ": read.last < 0\n",
    why: "whoever owns the database could bring back what the operator has ended, under a running server",
    noticedBy: seenStays,
  },
  {
    name: "a new agreement goes on from a register that has gone back",
    file: "server/src/privacy/disclosing/register.ts",
    find: 'const isBroken = found.kind === "broken" || found.last < known.last',
    replace: 'const isBroken = found.kind === "broken"',
    why: "what was agreed before, and ended, would count again",
    noticedBy: seenStays,
  },
  {
    name: "an end is written into a register that has gone back",
    file: "server/src/privacy/disclosing/register.ts",
    find: 'if (found.kind === "broken" || found.last < known.last) return "broken"',
    replace: 'if (found.kind === "broken") return "broken"',
    why: "the register would be whole again, with what somebody has made of it",
    noticedBy: seenStays,
  },
  {
    name: "under an altered register things go out as before",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: 'if (agreement === "broken") return "broken"',
    replace: 'if (agreement === "broken") return undefined',
    why: "nobody could tell what was agreed, and all would be told",
    noticedBy: altered,
  },
  {
    name: "what opens sockets does not ask for the agreement",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "reservations.take(purpose, recipient, () => requireAgreed(purpose, recipient, fields)),",
    replace: "reservations.take(purpose, recipient, () => fields),",
    why: "whoever has a standing permit would go on after the agreement",
  },
  {
    name: "what cannot be checked is taken unchecked",
    file: "server/src/privacy/disclosed-dns.ts",
    find: 'return { kind: "failed", why: "refused" }',
    replace: 'return { kind: "nothing", why: "nxdomain", ttl: 0 }',
    why: "a forgery would come in while the agreement rests",
  },
]
