import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { type House, openHouse } from "../../fixtures/house.ts"
import { Pop3Client } from "../../fixtures/pop3-client.ts"
import { addressOf, repository } from "../../fixtures/server.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"
import {
  createPrivacy,
  mailAddress,
  mailContent,
  secret as secretOf,
  senderPattern,
} from "../../server/src/privacy/index.ts"
import { type AccountId, asId } from "../../server/src/store/ids.ts"
import type { Mutation } from "../check-file.ts"
import { cases } from "../gate/careless.ts"
import { plantCareless } from "../gate/plant.ts"
import { compileTypeTests } from "../gate/type-tests.ts"
import type { ScratchCopy } from "../scratch-copy.ts"
import { isRefused } from "../way-out/refused.ts"

/**
 * SEC-3, the part of the gate: our own mistakes show nobody's data. A server runs with careless code in the place of
 * what answers POP3's RETR: it opens mail with permits that are about somebody else, for another purpose, over, or made
 * up, and writes it out by ways that are not the gate. None of it may come out. What is not declared does not compile.
 */
const permit = "server/src/privacy/permit.ts"
const personal = "server/src/privacy/personal.ts"
const seen = "a mistake in any door would show mail"
const marked = "what a door marks as somebody's opens under no permit about somebody else"

export const mutations: readonly Mutation[] = [
  {
    name: "a permit about one account opens another's",
    file: permit,
    find: "return subject.account === account",
    replace: "return subject.account > 0 || subject.account === account",
    why: seen,
  },
  {
    name: "a permit about some accounts opens all",
    file: permit,
    find: "return subject.accounts.includes(account)",
    replace: "return subject.accounts.length > 0 || subject.accounts.includes(account)",
    why: seen,
  },
  {
    name: "a permit about nobody opens what is somebody's",
    file: permit,
    find: '    case "stranger":\n      return false',
    replace: '    case "stranger":\n      return true',
    why: seen,
  },
  {
    name: "whose a value is does not count",
    file: permit,
    find: "if (whose !== undefined && !isAbout(this.subject, whose))",
    replace: "if (whose !== undefined && this.subject === undefined)",
    why: seen,
  },
  {
    name: "any permit opens every category",
    file: permit,
    find: '    if (!this.#opens.has(category)) throw new PermitError("wrong-category", this.purpose)\n',
    replace: "",
    why: "whoever may serve an account could read its mail",
  },
  {
    name: "a permit holds after its work",
    file: permit,
    find: '    if (this.#ended) throw new PermitError("ended", this.purpose)\n',
    replace: "",
    why: "a permit that was kept would open for ever",
  },
  {
    name: "the gate does not end its permits",
    file: "server/src/privacy/gate.ts",
    find: "        endPermit(permit)\n",
    replace: "        void endPermit\n",
    why: "a permit that was kept would open for ever",
  },
  {
    name: "a permit does not expire",
    file: permit,
    find: '    if (this.#clock.now() >= this.expires) throw new PermitError("expired", this.purpose)\n',
    replace: "",
    why: "work that hangs would keep what it may open",
  },
  {
    name: "what is opened asks for nothing more than the category",
    file: permit,
    find: '      throw new PermitError("wrong-subject", this.purpose)\n    this.require()',
    replace: '      throw new PermitError("wrong-subject", this.purpose)',
    why: "ended and expired permits would open",
  },
  {
    name: "an unknown purpose is given what reading may",
    file: permit,
    find: "const allowed = opens.get(purpose)",
    replace: 'const allowed = opens.get(purpose) ?? opens.get("mail.read")',
    also: [
      {
        file: permit,
        find: "clock.now() + purposes[purpose].permitLasts",
        replace: 'clock.now() + (purposes[purpose] ?? purposes["mail.read"]).permitLasts',
      },
    ],
    why: "a purpose that people never read of would open their mail",
  },
  {
    name: "a personal value opens without asking its permit",
    file: personal,
    find: "    permit.requireFor(this.category, this.whose)\n",
    replace: "",
    why: "permits would be for show",
  },
  ...(["toJSON", "toString"] as const).map(name => ({
    name: `a personal value becomes text by ${name}`,
    file: personal,
    find: `  ${name}(): never {\n    throw new PersonalLeakError(this.category)`,
    replace: `  ${name}(): never {\n    return String(this.#value) as never`,
    why: "an answer or a log would hold what nobody asked the gate for",
  })),
  {
    name: "a personal value becomes text in a sum",
    file: personal,
    find: "  [Symbol.toPrimitive](): never {\n    throw new PersonalLeakError(this.category)",
    replace: "  [Symbol.toPrimitive](): never {\n    return String(this.#value) as never",
    why: "an answer or a log would hold what nobody asked the gate for",
  },
  {
    name: "a print shows what is in a personal value",
    file: personal,
    find: "return `Personal<$" + "{this.category}>`",
    replace: "return String(this.#value)",
    why: "a failed assertion in a log would show mail",
  },
  {
    name: "a personal value has its content as a field",
    file: personal,
    find: "    this.#value = value\n",
    replace: "    this.#value = value\n    Object.assign(this, { value })\n",
    why: "a copy or a list of fields would carry it out",
  },
  {
    name: "a recipient is told what neither policy nor agreement lists",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "if (fields.length === 0 || !fields.every(field => most.fields.includes(field)))",
    replace: "if (fields.length === 0)",
    also: [
      {
        file: "server/src/privacy/disclosing/agreement.ts",
        find: '  if (category !== undefined && !agreement.fields.includes(category)) return "not-for-this"\n',
        replace: "",
      },
    ],
    why: "mail would be told to the DNS",
  },
  {
    name: "any permit compiles",
    file: personal,
    find: "open(permit: Permit<PurposeThatOpens<C>>): T {",
    replace: 'open(permit: Pick<Permit<never>, "requireFor">): T {',
    why: "code that opens mail to serve an account would compile",
  },
  {
    name: "any purpose compiles",
    file: "server/src/privacy/gate.ts",
    find: "  gate<const P extends Purpose, T>(\n    purpose: P,",
    replace: "  gate<const P extends Purpose, T>(\n    purpose: P | (string & {}),",
    why: "a purpose that no policy names would compile",
  },
  {
    name: "any field compiles for any recipient",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "  disclose<const R extends Recipient, C extends FieldOf<R>, T>(",
    replace: "  disclose<const R extends Recipient, C extends Category, T>(",
    why: "code that tells the DNS what a message says would compile",
  },
  ...(
    [
      ["an address", 'personal("user.contact.email", text, whose)'],
      ["a secret", 'personal("user.credentials", value, whose)'],
      ["a rule's pattern", 'personal("user.contacts.senders", text, whose)'],
      ["what is in mail", 'personal("user.content.private.mail", value, whose)'],
    ] as const
  ).map(([what, find]) => ({
    name: `a door does not mark whose ${what} is`,
    file: "server/src/privacy/marks.ts",
    find,
    replace: find.replace(", whose", ""),
    why: "a permit about anybody would open it",
    noticedBy: marked,
  })),
]

const secret = "Kq5OffenesGeheimnis3"

let copy: ScratchCopy
let house: House<"ada" | "bob">

function checks(): void {
  before(async () => {
    copy = await plantCareless(repository)
    house = await openHouse(["ada", "bob"], { root: copy.root })
    const to = house.people.ada.address
    const client = await house.smtp()
    for (const name of cases) {
      const message = Buffer.from(
        `From: <x@far.example>\r\nTo: <${to}>\r\nSubject: ${name}\r\n\r\n${secret}\r\n`,
      )
      const answers = await client.deliver({ from: "x@far.example", to: [to], message })
      assert.equal(answers.end?.code, 250, lastAnswer(answers))
    }
    await client.quit()
  })
  after(async () => {
    await house?.close()
    await copy?.remove()
  })

  for (const [at, name] of cases.entries()) {
    const isRight = at === 0
    test(
      isRight ? "shows a message that is asked for as it should be" : `shows nothing by ${name}`,
      async () => {
        const answer = await retrieve(at + 1)
        assert.equal(answer.includes(secret), isRight, answer)
        assert.ok(!(await house.server().log()).includes(secret))
      },
    )
  }

  test("what is not declared does not compile", async () => {
    assert.equal(await compileTypeTests(repository), "")
  })
}

/** All that comes of RETR; a connection that ends is an answer too. */
async function retrieve(number: number): Promise<string> {
  const { address, password } = house.people.ada
  const client = await Pop3Client.connect(addressOf(house.server().ready, "pop3s"), "tls")
  try {
    assert.ok((await client.login(address, password)).ok)
    return (await client.octets(`RETR ${number}`)).toString("latin1")
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    return `nothing: ${String(error)}`
  } finally {
    client.close()
  }
}

function markChecks(): void {
  test(marked, async () => {
    const { gate } = createPrivacy({ clock: { now: () => 0 } })
    const [ann, ben] = [asId<AccountId>(1), asId<AccountId>(2)]
    const opened = (whose: AccountId, about: AccountId): Promise<unknown>[] => [
      gate("account.serve", { kind: "account", account: about }, async permit =>
        mailAddress("ann@house.example", whose).open(permit),
      ),
      gate("account.serve", { kind: "account", account: about }, async permit =>
        secretOf("a quiet lake", whose).open(permit),
      ),
      gate("mail.screen", { kind: "account", account: about }, async permit =>
        senderPattern("far.example", whose).open(permit),
      ),
      gate("mail.read", { kind: "account", account: about }, async permit =>
        mailContent("words", whose).open(permit),
      ),
    ]
    await Promise.all(opened(ann, ann))
    for (const work of opened(ann, ben)) await assert.rejects(work, isRefused("PermitError", "wrong-subject"))
  })
}

if (import.meta.main) {
  describe("SEC-3, our own mistakes show nobody's data", checks)
  describe("SEC-3, whose a value is", markChecks)
}
