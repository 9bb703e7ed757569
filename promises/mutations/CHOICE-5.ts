/** What takes away a choice, its history or its wall, and the test of CHOICE-5 that notices it. */
import type { Mutation } from "../check-file.ts"

export const notShown = "takes no choice from who has not signed in, nor to words that were not shown"
export const ownWall =
  "the server's own connections cannot change a choice, nor take one out, nor touch anybody else's"
export const firstSignal =
  "a browser that sends Global Privacy Control has said no for who is signed in, once, in the words it is told"
export const laterSignal =
  "a signal that comes later counts from then on, and what is there in its place says nothing"

export const mutations: readonly Mutation[] = [
  {
    name: "the words are not those that were shown",
    file: "server/src/doors/control/commands/choices.ts",
    find: "return { text: wording, value: { seen: sumOf(wording) } }",
    replace: 'return { text: "Shall all be well?", value: { seen: sumOf(wording) } }',
    why: "people would be held to what they never read",
  },
  {
    name: "the history keeps no words",
    file: "server/src/privacy/choices/index.ts",
    find: "await addRow(tx, vaults, account, { ...chosen,",
    replace: 'await addRow(tx, vaults, account, { ...chosen, wording: "",',
    why: "nobody could say later what was asked",
  },
  {
    name: "the history says another policy",
    file: "server/src/privacy/choices/index.ts",
    find: "policyVersion: policyLabel() })",
    replace: 'policyVersion: policyLabel().replace("1", "9") })',
    why: "a choice would stand under a text that nobody had seen",
  },
  {
    name: "the history says another day",
    file: "server/src/privacy/choices/index.ts",
    find: "at: clock.now(), policyVersion:",
    replace: "at: clock.now() - 86_400_000, policyVersion:",
    why: "it could not be said which choice held when",
  },
  {
    name: "a no is not in the ledger",
    file: "server/src/privacy/choices/index.ts",
    find: "await ledger.record(tx, account, {",
    replace: 'if (value === "yes") await ledger.record(tx, account, {',
    why: "a refusal could be made to have never been",
  },
  {
    name: "what somebody wrote into the database is taken for a choice",
    file: "server/src/privacy/choices/rows.ts",
    find: "if (!vaults.isMacOf(mac,",
    replace: "if (mac.length === 0 && !vaults.isMacOf(mac,",
    why: "an operator could make a person's yes",
  },
  {
    name: "a choice that was taken out is not missed",
    file: "server/src/privacy/choices/rows.ts",
    find: "if (row.version !== first + at)",
    replace: "if (row.version < first)",
    why: "a no between others could be made to have never been",
  },
  {
    name: "the server may change its history",
    file: "server/src/store/app-rights.ts",
    find: 'choice: ["insert"],',
    replace: 'choice: ["insert", "update", "delete"],',
    why: "a mistake of ours could overwrite what people have said",
    noticedBy: ownWall,
  },
  {
    name: "the database shows a transaction everybody's choices",
    file: "server/src/store/migrations/0010-choices.sql",
    find: "alter table choice enable row level security;\n",
    replace: "",
    why: "a query that forgets whom it is for would read and add to anybody's",
    noticedBy: ownWall,
  },
  {
    name: "the wall between accounts' choices lets all through",
    file: "server/src/store/migrations/0010-choices.sql",
    find: "using (account_id = nullif(current_setting('letterkeep.account', true), '')::bigint);",
    replace: "using (account_id is not null);",
    why: "a query that forgets whom it is for would read and add to anybody's",
    noticedBy: ownWall,
  },
  {
    name: "a choice is taken to words that nobody was shown",
    file: "server/src/doors/control/commands/choices.ts",
    find: "if (input.seen !== sumOf(wording))",
    replace: 'if (input.seen === "")',
    why: "a program could answer for a person who has read nothing",
    noticedBy: notShown,
  },
  {
    name: "anything is an answer",
    file: "server/src/doors/control/commands/choices.ts",
    find: 'if (input.answer !== "yes" && input.answer !== "no")',
    replace: 'if (input.answer === "")',
    why: "a slip of the hand would be kept as a choice, or the server would stumble over it",
    noticedBy: notShown,
  },
  {
    name: "a browser's signal is not heard",
    file: "server/src/doors/http/privacy-control.ts",
    find: 'return headers["sec-gpc"] === "1"',
    replace: 'return headers["sec-gpc"] === "yes"',
    why: "who refuses by their browser would not have refused",
    noticedBy: firstSignal,
  },
  {
    name: "anything in the place of the signal is one",
    file: "server/src/doors/http/privacy-control.ts",
    find: 'return headers["sec-gpc"] === "1"',
    replace: 'return headers["sec-gpc"] !== undefined',
    why: "a choice would be written that nobody made",
    noticedBy: laterSignal,
  },
  {
    name: "the signal of the first request is not honoured",
    file: "server/src/doors/http/setup-routes.ts",
    find: "      await honourFirst(setup, request, made.session)\n",
    replace: "",
    why: "who refuses when they begin would not have refused",
    noticedBy: firstSignal,
  },
  {
    name: "the signal of later requests is not honoured",
    file: "server/src/doors/http/setup-routes.ts",
    find: "  if (request.privacyControl) await service.honourSignal(session)\n",
    replace: "",
    why: "who changes their browser's mind would not be heard",
    noticedBy: laterSignal,
  },
  {
    name: "the signal is a yes",
    file: "server/src/privacy/choices/signal.ts",
    find: 'value: "no",',
    replace: 'value: "yes",',
    why: "a refusal would be kept as its opposite",
    noticedBy: firstSignal,
  },
  {
    name: "the signal is written at each request",
    file: "server/src/privacy/choices/index.ts",
    find: "return choices.some(each => each.choice === choice && each.value === value)",
    replace: "return choices.some(each => each.choice !== choice && each.value === value)",
    why: "a history would be full of a browser's echo",
    noticedBy: firstSignal,
  },
  {
    name: "the page does not say that the signal was heard",
    file: "server/src/doors/http/privacy-pages/routes.ts",
    find: "const signal = request.privacyControl",
    replace: "const signal = false",
    why: "nobody could see that their browser's refusal counts",
    noticedBy: firstSignal,
  },
  {
    name: "the well-known address says that the signal is not honoured",
    file: "server/src/doors/http/privacy-control.ts",
    find: "gpc: true",
    replace: "gpc: false",
    why: "a browser would take it that its signal is in vain",
    noticedBy: firstSignal,
  },
]
