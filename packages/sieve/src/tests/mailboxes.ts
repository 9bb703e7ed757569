/**
 *     mailboxexists <mailbox-names: string-list>                                       RFC 5490 §3.1
 *     specialuse_exists [<mailbox: string>] <special-use-attrs: string-list>           RFC 8579 §3
 */
import { textIfGiven, texts } from "../check/given.ts"
import type { TestSpec } from "../check/language.ts"
import { fill, fillAll } from "../run/run.ts"

export const mailboxexists: TestSpec = {
  name: "mailboxexists",
  needs: ["mailbox"],
  takes: [{ name: "the mailboxes", takes: "strings" }],
  compile(given) {
    const names = texts(given, "the mailboxes")
    return {
      async ask(run) {
        for (const name of fillAll(run, names))
          if (!(await run.world.mailboxExists(name)))
            return { yes: false, why: () => `there is no mailbox ${name}` }
        return { yes: true, why: () => "" }
      },
    }
  },
}

export const specialuseExists: TestSpec = {
  name: "specialuse_exists",
  needs: ["special-use"],
  takes: [
    { name: "the mailbox", takes: "string", optional: true },
    { name: "the attributes", takes: "strings" },
  ],
  compile(given) {
    const mailbox = textIfGiven(given, "the mailbox")
    const attributes = texts(given, "the attributes")
    return {
      async ask(run) {
        const where = mailbox === undefined ? undefined : fill(run, mailbox)
        for (const attribute of fillAll(run, attributes))
          if (!(await run.world.specialUseExists(attribute, where)))
            return {
              yes: false,
              why: () => `${where ?? "no mailbox"} ${where === undefined ? "is" : "is not"} ${attribute}`,
            }
        return { yes: true, why: () => "" }
      },
    }
  },
}
