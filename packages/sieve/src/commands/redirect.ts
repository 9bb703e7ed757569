/**
 *     redirect [":copy"] <address: string>                 RFC 5228 §4.2, RFC 3894 §3
 *     reject <reason: string>, ereject <reason: string>    RFC 5429 §2
 */
import type { Mailbox } from "@letterkeep/mime"
import { addFault } from "../check/checking.ts"
import { isGiven, text } from "../check/given.ts"
import type { CommandSpec } from "../check/language.ts"
import { constantOf } from "../check/text.ts"
import { addrSpec, isInDns, oneAddress } from "../message/addresses.ts"
import { plan } from "../run/plan.ts"
import { fill, note, ScriptRunError, shown } from "../run/run.ts"

export const redirect: CommandSpec = {
  name: "redirect",
  tags: { copy: { needs: "copy" } },
  takes: [{ name: "the address", takes: "string" }],
  compile(given) {
    const { at } = given.call
    const written = text(given, "the address")
    const copy = isGiven(given, ":copy")
    const known = constantOf(written)
    const why = known === undefined ? undefined : whyNoTarget(oneAddress(known))
    if (known !== undefined && why !== undefined)
      addFault(given.checking, written.at, `${JSON.stringify(known.slice(0, 80))} ${why}`)
    return run => {
      const value = fill(run, written)
      const mailbox = oneAddress(value)
      const not = whyNoTarget(mailbox)
      if (mailbox === undefined || not !== undefined)
        throw new ScriptRunError(`${shown(run, value)} ${not}`, written.at)
      const address = addrSpec(mailbox)
      plan(run, { kind: "redirect", at, address })
      if (!copy) run.keepCancelled = true
      note(run, at, `${copy ? "a copy" : "the message"} is sent on to ${address}`)
      return "go-on"
    }
  },
}

/** What is wrong with it, to be read behind the address. */
function whyNoTarget(mailbox: Mailbox | undefined): string | undefined {
  if (mailbox === undefined) return "is no address that mail can be sent to"
  return isInDns(mailbox) ? undefined : "is at a domain that cannot be: the DNS has no such name"
}

function refusal(how: "reject" | "ereject"): CommandSpec {
  return {
    name: how,
    needs: [how],
    takes: [{ name: "the reason", takes: "string" }],
    compile(given) {
      const { at } = given.call
      const reason = text(given, "the reason")
      return run => {
        plan(run, { kind: "reject", at, how, reason: fill(run, reason) })
        run.keepCancelled = true
        note(run, at, "the message is refused, and its sender told why")
        return "go-on"
      }
    },
  }
}

export const reject = refusal("reject")
export const ereject = refusal("ereject")
