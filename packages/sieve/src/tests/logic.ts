/** allof, anyof, not, true, false (RFC 5228 §5.2, §5.3, §5.8, §5.10, §5.6). */
import type { Condition, TestSpec, Verdict } from "../check/language.ts"

const silent = (yes: boolean): Verdict => ({ yes, why: () => "" })

function settled(conditions: readonly Condition[], by: boolean): { readonly always?: boolean } {
  if (conditions.some(condition => condition.always === by)) return { always: by }
  return conditions.every(condition => condition.always === !by) ? { always: !by } : {}
}

/** Asks in order, and no further than the first answer that settles it. */
function until(conditions: readonly Condition[], settles: boolean): Condition {
  return {
    ...settled(conditions, settles),
    async ask(run) {
      for (const condition of conditions)
        if ((await condition.ask(run)).yes === settles) return silent(settles)
      return silent(!settles)
    },
  }
}

export const allof: TestSpec = {
  name: "allof",
  tests: "list",
  compile: ({ conditions }) => until(conditions, false),
}

export const anyof: TestSpec = {
  name: "anyof",
  tests: "list",
  compile: ({ conditions }) => until(conditions, true),
}

export const not: TestSpec = {
  name: "not",
  tests: "one",
  compile({ conditions: [inner] }) {
    if (inner === undefined) return undefined
    const always = inner.always === undefined ? {} : { always: !inner.always }
    return { ...always, ask: async run => silent(!(await inner.ask(run)).yes) }
  },
}

export const yes: TestSpec = { name: "true", compile: () => ({ ask: () => silent(true) }) }

export const no: TestSpec = { name: "false", compile: () => ({ ask: () => silent(false) }) }
