/**
 *     keep [":flags" <list-of-flags>]          RFC 5228 §4.3, RFC 5232 §5
 *     discard                                  RFC 5228 §4.4
 *     stop                                     RFC 5228 §3.3
 *     error <message: string>                  RFC 5463 §5
 */
import { text, textsIfGiven } from "../check/given.ts"
import type { CommandSpec } from "../check/language.ts"
import { plan } from "../run/plan.ts"
import { fill, note, ScriptRunError } from "../run/run.ts"
import { flagsTag, flagsToSet } from "./flags.ts"

export const keep: CommandSpec = {
  name: "keep",
  tags: flagsTag,
  compile(given) {
    const { at } = given.call
    const flags = textsIfGiven(given, ":flags")
    return run => {
      plan(run, { kind: "keep", at, implicit: false, flags: flagsToSet(run, flags) })
      run.keepCancelled = true
      note(run, at, "the message is kept in the inbox")
      return "go-on"
    }
  },
}

export const discard: CommandSpec = {
  name: "discard",
  compile({ call: { at } }) {
    return run => {
      plan(run, { kind: "discard", at })
      run.keepCancelled = true
      note(run, at, "the message is thrown away, unless something else keeps it")
      return "go-on"
    }
  },
}

export const stop: CommandSpec = {
  name: "stop",
  compile({ call: { at } }) {
    return run => {
      note(run, at, "the script ends here")
      return "stop"
    }
  },
}

export const error: CommandSpec = {
  name: "error",
  needs: ["ihave"],
  takes: [{ name: "the message", takes: "string" }],
  compile(given) {
    const message = text(given, "the message")
    return run => {
      throw new ScriptRunError(`the script says: ${fill(run, message)}`, given.call.at)
    }
  },
}
