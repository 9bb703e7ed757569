/** What loses or rewrites a version of the policy, and the test of POL-4 that notices it. */
import type { Mutation } from "../check-file.ts"

export const altered = "shows a version that somebody altered in the database as altered, and no text of it"
export const takenOut =
  "a version whose MAC was taken away is shown as altered, and one that was taken out leaves its number and its name"
export const onlyGrows = "the server's own connections can add a version, and neither change nor remove one"

export const mutations: readonly Mutation[] = [
  {
    name: "only the newest version is listed",
    file: "server/src/privacy/policy/published.ts",
    find: "rows.slice(0, VERSIONS_ON_A_PAGE)",
    replace: "rows.slice(0, 1)",
    why: "what people were told before could no longer be read",
  },
  {
    name: "each release forgets what was published before it",
    file: "server/src/privacy/policy/published.ts",
    find: "from policy_version where number <= ",
    replace: "from policy_version where rules = (select max(rules) from policy_version) and number <= ",
    why: "what people were told before could no longer be read",
  },
  {
    name: "an old version shows the words of the newest",
    file: "server/src/privacy/policy/published.ts",
    find: "from policy_version where rules = ",
    replace: "from policy_version where number = (select max(number) from policy_version) or -1 = ",
    why: "the past would be rewritten",
  },
  {
    name: "a change of settings is no version",
    file: "server/src/privacy/policy/publish.ts",
    find: "if (last?.sha256 === sha256) {",
    replace: "if (last !== undefined && document.rules === 1) {",
    why: "the operator could change who gets the data, and nobody would see that it was ever otherwise",
  },
  {
    name: "each start is a version",
    file: "server/src/privacy/policy/publish.ts",
    find: "if (last?.sha256 === sha256) {",
    replace: 'if (last !== undefined && sha256 === "") {',
    why: "the history would be full of versions in which nothing changed",
  },
  {
    name: "what was taken away is not told",
    file: "server/src/privacy/policy/difference.ts",
    find: "if (!now.has(key)) changes.push",
    replace: "if (now.size === 0) changes.push",
    why: "a promise could be dropped without a trace in what changed",
  },
  {
    name: "a changed word is not told",
    file: "server/src/privacy/policy/difference.ts",
    find: "else if (!isEqual(old.statement, statement))",
    replace: "else if (old.statement.id !== statement.id)",
    why: "a sentence could be turned into its opposite without a trace in what changed",
  },
  {
    name: "the ledger is not told of a version",
    file: "server/src/privacy/policy/publish.ts",
    find: "await options.ledger.record(tx, null,",
    replace: "if (document.rules > 99) await options.ledger.record(tx, null,",
    why: "an old version could be exchanged in the database unseen",
  },
  {
    name: "events say the rules, and not what the operator's settings made of them",
    file: "server/src/build-house.ts",
    find: "const policyLabel = inEffect.label",
    replace: 'const policyLabel = () => inEffect.label().split(".")[0] ?? ""',
    why: "a person would look up a text that was not in effect when it was done",
  },
  {
    name: "a text that somebody wrote into the database is shown",
    file: "server/src/privacy/policy/version-rows.ts",
    find: "if (!fits) return false",
    replace: "",
    why: "whoever owns the database could rewrite what people were told",
    noticedBy: altered,
  },
  {
    name: "a version that somebody wrote into the database is shown",
    file: "server/src/privacy/policy/version-rows.ts",
    find: 'return vaults.isMacOf(mac, "policy-version", ...saidBy(row))',
    replace: "return mac.length > 0",
    why: "whoever owns the database could rewrite what people were told, hash and all",
    noticedBy: altered,
  },
  {
    name: "a version without a MAC is believed",
    file: "server/src/privacy/policy/version-rows.ts",
    find: "return told !== undefined && isAsTold(row, told)",
    replace: "return told === undefined || isAsTold(row, told) || row.number > 0",
    why: "whoever owns the database could rewrite what people were told, and take away what shows it",
    noticedBy: takenOut,
  },
  {
    name: "the label of a version that was taken out is given again",
    file: "server/src/privacy/policy/publish.ts",
    find: "editions: Math.max(newest?.edition ?? 0, version === rules ? countOf(edition) : 0),",
    replace: "editions: newest?.edition ?? 0,",
    why: "two versions would have one name, and a permit would say another policy than it was given under",
    noticedBy: takenOut,
  },
  {
    name: "the number of a version that was taken out is given again",
    file: "server/src/privacy/policy/publish.ts",
    find: "number: Math.max(row?.number ?? 0, toldNumber) + 1,",
    replace: "number: (row?.number ?? 0) + 1,",
    why: "nobody would see that a version is missing",
    noticedBy: takenOut,
  },
  {
    name: "the server may change what it has published",
    file: "server/src/store/app-rights.ts",
    find: 'policy_version: ["insert"],',
    replace: 'policy_version: ["insert", "update", "delete"],',
    why: "a mistake of ours could rewrite what people were told",
    noticedBy: onlyGrows,
  },
]
