import type { Change } from "./difference.ts"
import type { Statement } from "./document.ts"

/**
 * Whether a change of the policy takes something from the person: more is done, kept or told, it is done otherwise, or
 * a promise is no longer given or no longer proven. Such a change is announced before it takes effect. Rules:
 *
 * 1. What the rules and the database's columns make is material when it is added or changed: a purpose, a recipient, a
 *    category, a cookie, how long something is kept. When it is removed, less is done.
 * 2. Words are promises: to change or remove them is material, to add some is not.
 * 3. Of what the operator's settings say, how to reach them is not material; who they are and where the data lies is.
 * 4. A statement that rests on one check less is material, whatever else.
 */
export function isMaterial(change: Change): boolean {
  switch (change.kind) {
    case "added":
      return change.now.source !== "words"
    case "removed":
      return change.before.source === "words" || change.before.source === "settings"
    case "changed":
      return !isHowToReach(change.now) || losesCheck(change.before, change.now)
  }
}

function isHowToReach({ id, source }: Statement): boolean {
  return source === "settings" && (id === "operator.address" || id === "operator.contact")
}

function losesCheck(before: Statement, now: Statement): boolean {
  return before.promises.some(id => !now.promises.includes(id))
}
