import assert from "node:assert/strict"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { type TestContext, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { exchangeTcp, exchangeUdp } from "../../server/src/ports/network/exchange.ts"
import { connectTo, type Egress } from "../../server/src/ports/network/index.ts"
import { systemTimer } from "../../server/src/ports/timer.ts"
import { openTestDisclosing } from "../../server/src/privacy/disclosing/test-disclosing.ts"
import { type Personal, personal } from "../../server/src/privacy/index.ts"
import type { Subject } from "../../server/src/privacy/permit.ts"
import { type AccountId, asId } from "../../server/src/store/ids.ts"
import type { Mutation } from "../check-file.ts"
import { isRefused } from "./refused.ts"

/**
 * What the way out asks of whoever wants to send something, one question after another: real sockets to a door that
 * counts what reaches it, and a ledger in the test's hands. A running server asks the same on its way; these are the
 * questions of which its mail alone would not show that each is asked.
 */
const disclose = "server/src/privacy/disclosing/disclose.ts"
const egress = "server/src/ports/network/egress.ts"
const eachSocket = "no socket opens but with a leave for its own recipient, asked at that moment"
const oneValue = "a leave for one value opens one socket"
const refusedByLedger = "what the ledger does not take goes nowhere"
const eachOne = "what is about several is in the ledger of each, and about none of anybody it goes nowhere"
const standing =
  "a standing leave is for those alone whom a purpose tells, and whose values are reserved together"
const single = "a single value for a recipient whose values are reserved together is reserved too"

export const leaveMutations: readonly Mutation[] = [
  {
    name: "a question by TCP leaves without asking",
    file: "server/src/ports/network/exchange.ts",
    find: 'export async function exchangeTcp(asking: Asking): Promise<Exchange> {\n  await asking.egress.release("dns")',
    replace: "export async function exchangeTcp(asking: Asking): Promise<Exchange> {",
    why: "what was asked a second time would be in no ledger",
    noticedBy: eachSocket,
  },
  {
    name: "the way to a door of ours opens without asking",
    file: "server/src/ports/network/connect.ts",
    find: '  await egress.release("own-door")\n',
    replace: "",
    why: "mail would go out after its agreement had ended",
    noticedBy: eachSocket,
  },
  {
    name: "a leave for one recipient is good for another",
    file: egress,
    find: '    if (this.#recipient !== recipient) throw new EgressError(recipient, "not-agreed")\n',
    replace: "",
    why: "whoever may ask the DNS could send anything anywhere",
    noticedBy: eachSocket,
  },
  {
    name: "a leave does not wait for who gave it",
    file: egress,
    find: "await this.#allow()",
    replace: "this.#allow().catch(() => undefined)",
    why: "what is refused would have left already",
    noticedBy: eachSocket,
  },
  {
    name: "a leave for one value is good for many",
    file: disclose,
    find: '        if (left === 0) throw new EgressError(recipient, "spent")\n',
    replace: "",
    why: "more would leave than the ledger says",
    noticedBy: oneValue,
  },
  {
    name: "what the ledger refuses goes out all the same",
    file: disclose,
    find: 'throw new EgressError(recipient, "not-written", { cause })',
    replace: "void cause",
    why: "a full disk would be a way out that nobody can read of",
    noticedBy: refusedByLedger,
  },
  {
    name: "of several people the first has it in the ledger",
    file: disclose,
    find: "for (const account of accountsOf(subject)) await ledger.recordNow(account, event)",
    replace: "for (const account of accountsOf(subject).slice(0, 1)) await ledger.recordNow(account, event)",
    why: "the others could not see who got what",
    noticedBy: eachOne,
  },
  {
    name: "what is about none of anybody goes out unwritten",
    file: disclose,
    find: 'if (accountsOf(subject).length === 0) throw new PermitError("wrong-subject", purpose)',
    replace: "",
    why: "an empty list of people would be a way past the ledger",
    noticedBy: eachOne,
  },
  {
    name: "a standing leave is given for any purpose",
    file: disclose,
    find: "      requireDeclared(purpose, recipient, fields)\n",
    replace: "",
    why: "what the policy does not say of a purpose could go out for it",
    noticedBy: standing,
  },
  {
    name: "a standing leave is given for what belongs in a person's own ledger",
    file: disclose,
    find: '      if (handled[recipient].ledger !== "together") throw new PermitError("wrong-recipient", purpose)\n',
    replace: "",
    why: "what goes out about somebody would be told to everybody, as a number",
    noticedBy: standing,
  },
  {
    name: "a single value is not reserved",
    file: disclose,
    find: "else await reserve(purpose, recipient, [category])",
    replace: "else if (left < 0) await reserve(purpose, recipient, [category])",
    why: "it would be in no ledger",
    noticedBy: single,
  },
]

const [anna, ben] = [asId<AccountId>(7), asId<AccountId>(8)]
const address = personal("user.contact.email", "anna@house.example")
const domain = personal("user.communications.domain", "far.example")
/** Milliseconds in which what has left reaches a door on this machine. */
const reaches = 100

export function leaveChecks(): void {
  test(eachSocket, async t => {
    const door = await openDoor(t)
    const ways: { readonly to: "dns" | "own-door"; readonly send: (leave: Egress) => Promise<unknown> }[] = [
      { to: "dns", send: leave => exchangeUdp(door.question(leave)) },
      { to: "dns", send: leave => exchangeTcp(door.question(leave)) },
      { to: "own-door", send: async leave => (await connectTo(door.address, leave)).destroy() },
    ]
    for (const { to, send } of ways) {
      const other = to === "dns" ? await leaveFor("own-door") : await leaveFor("dns")
      await assert.rejects(send(other.leave), isRefused("EgressError"), `to ${to} with another's leave`)
      const late = await leaveFor(to)
      late.change(to, { endedAt: 0 })
      await assert.rejects(send(late.leave), isRefused("EgressError"), `to ${to} after the end`)
      await wait(reaches)
      assert.equal(door.reached(), 0, `something reached ${to}`)
      await send((await leaveFor(to)).leave)
      await wait(reaches)
      assert.equal(door.reached(), 1, `with a leave of its own nothing reached ${to}: this shows nothing`)
      door.forget()
    }
  })

  test(oneValue, async t => {
    const door = await openDoor(t)
    for (const to of ["own-door", "dns"] as const) {
      const { leave } = await leaveFor(to)
      await leave.release(to)
      await assert.rejects(leave.release(to), isRefused("EgressError", "spent"), to)
    }
    const { leave } = await leaveFor("own-door")
    const [first] = await Promise.allSettled([0, 1, 2].map(() => connectTo(door.address, leave)))
    if (first?.status === "fulfilled") first.value.destroy()
    await wait(reaches)
    assert.equal(door.reached(), 1)
  })

  test(refusedByLedger, async () => {
    const { privacy, ledger, written } = openTestDisclosing()
    ledger.before = async () => {
      throw new Error("the disk is full")
    }
    const told = tell(privacy, { kind: "account", account: anna }, "own-door", address)
    await assert.rejects(told, isRefused("EgressError", "not-written"))
    const asked = privacy.egressFor("mail.screen", "dns", ["user.communications.domain"]).release("dns")
    await assert.rejects(asked, isRefused("EgressError", "not-written"))
    assert.deepEqual(written, [])
  })

  test(eachOne, async () => {
    const { privacy, written } = openTestDisclosing()
    await tell(privacy, { kind: "accounts", accounts: [anna, ben] }, "own-door", address)
    assert.deepEqual(
      written.map(one => one.subject),
      [anna, ben],
    )
    await tell(privacy, { kind: "stranger" }, "own-door", address)
    assert.equal(written.at(-1)?.subject, null)
    const toldOfNobody = tell(privacy, { kind: "accounts", accounts: [] }, "own-door", address)
    await assert.rejects(toldOfNobody, isRefused("PermitError", "wrong-subject"))
    assert.equal(written.length, 3)
  })

  test(standing, () => {
    const { privacy } = openTestDisclosing()
    type Asked = (purpose: string, recipient: string, fields: readonly string[]) => Egress
    const egressFor = privacy.egressFor as Asked // as who casts would ask
    const [name, email] = ["user.communications.domain", "user.contact.email"]
    for (const [purpose, recipient, ...fields] of [
      ["mail.read", "dns", name],
      ["account.serve", "dns", name],
      ["mail.screen", "dns", name, email],
      ["mail.screen", "dns"],
      ["mail.screen", "own-door", email],
      ["account.serve", "own-door", email],
      ["marketing", "dns", name],
      ["mail.screen", "data-broker", name],
      ["mail.screen", "constructor", name],
    ] as const)
      assert.throws(
        () => egressFor(purpose, recipient, fields),
        isRefused("PermitError", "wrong-recipient"),
        `${purpose} for ${recipient}: ${fields}`,
      )
    assert.ok(egressFor("mail.screen", "dns", [name]))
  })

  test(single, async () => {
    const { leave, written } = await leaveFor("dns")
    assert.deepEqual(written, [])
    await leave.release("dns")
    assert.equal(written.length, 1)
  })
}

/** A leave for one value, as `disclose` gives it, and what it hangs on. */
async function leaveFor(to: "dns" | "own-door") {
  const { privacy, change, written } = openTestDisclosing()
  const subject = { kind: "stranger" } as const
  const leave =
    to === "dns"
      ? await privacy.gate("mail.screen", subject, async permit => {
          return (await privacy.disclose(permit, "dns", domain)).egress
        })
      : (await tell(privacy, subject, "own-door", address)).egress
  return { leave, change, written }
}

function tell(
  privacy: ReturnType<typeof openTestDisclosing>["privacy"],
  subject: Subject,
  recipient: "own-door",
  value: Personal<"user.contact.email", string>,
) {
  return privacy.gate("account.serve", subject, permit => privacy.disclose(permit, recipient, value))
}

/** A door on this machine, over UDP and TCP, that answers what it hears with the same and counts who came. */
async function openDoor(t: TestContext) {
  let reached = 0
  const tcp = createServer(socket => {
    reached += 1
    socket.on("error", () => socket.destroy()).pipe(socket)
  }).listen(0, "127.0.0.1")
  await once(tcp, "listening")
  const { port } = tcp.address() as AddressInfo // it listens on TCP
  const udp = createSocket("udp4").bind(port, "127.0.0.1")
  await once(udp, "listening")
  udp.on("message", (bytes, peer) => {
    reached += 1
    udp.send(bytes, peer.port, peer.address)
  })
  t.after(() => {
    tcp.close()
    udp.close()
  })
  return {
    address: `127.0.0.1:${port}`,
    reached: () => reached,
    forget() {
      reached = 0
    },
    question: (leave: Egress) => ({
      egress: leave,
      server: { host: "127.0.0.1", port, trusted: false },
      query: Buffer.from("who is there"),
      timeout: 5000,
      timer: systemTimer,
      signal: t.signal,
      fits: () => true,
    }),
  }
}
