/**
 *     setflag / addflag / removeflag [<variablename: string>] <list-of-flags: string-list>       RFC 5232 §3
 */
import { textIfGiven, texts } from "../check/given.ts"
import type { CommandSpec, TagShape } from "../check/language.ts"
import { constantOf, type Text } from "../check/text.ts"
import { fillAll, note, type Run, shown } from "../run/run.ts"
import { checkFlagVariables, flagsIn, flagsOfVariable, storeFlags } from "./flag-list.ts"

type Change = (run: Run, old: readonly string[], given: readonly string[]) => readonly string[]

function flagCommand(name: string, change: Change): CommandSpec {
  return {
    name,
    needs: ["imap4flags"],
    takes: [
      { name: "the variable", takes: "string", optional: true },
      { name: "the flags", takes: "strings" },
    ],
    compile(given) {
      const named = textIfGiven(given, "the variable")
      const variable = named === undefined ? undefined : constantOf(named)
      const flags = texts(given, "the flags")
      if (!checkFlagVariables(given, named === undefined ? undefined : [named])) return undefined
      return run => {
        const old = variable === undefined ? run.flags : flagsOfVariable(run, variable)
        const now = change(run, old, flagsIn(run, fillAll(run, flags)))
        storeFlags(run, variable, now)
        note(run, given.call.at, `the flags are now ${shown(run, now.join(" "))}`)
        return "go-on"
      }
    },
  }
}

export const setflag = flagCommand("setflag", (_run, _old, flags) => flags)

export const addflag = flagCommand("addflag", (run, old, flags) => flagsIn(run, [...old, ...flags]))

export const removeflag = flagCommand("removeflag", (_run, old, flags) => {
  const gone = new Set(flags.map(flag => flag.toLowerCase()))
  return old.filter(flag => !gone.has(flag.toLowerCase()))
})

/** `:flags` of keep and fileinto (RFC 5232 §5). */
export const flagsTag: Readonly<Record<string, TagShape>> = {
  flags: { takes: "strings", needs: "imap4flags" },
}

/** Those of the tag, or the internal variable's at this moment. */
export function flagsToSet(run: Run, given: readonly Text[] | undefined): readonly string[] {
  return given === undefined ? run.flags : flagsIn(run, fillAll(run, given))
}
