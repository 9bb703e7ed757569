import assert from "node:assert/strict"
import { test } from "node:test"
import { mailAddress, secret } from "../../privacy/index.ts"
import { connectClient } from "./fixtures/client.ts"
import { letter, openTestDoor, password, user } from "./fixtures/open-test-door.ts"

test("shows what is in the inbox: how much, how large each is, and a name for each that stays", async t => {
  const house = await openTestDoor(t)
  const letters = [letter("one"), letter("two", "longer\r\nthan the other"), letter("three")]
  await house.receive(...letters)
  const client = await house.enter()
  const sizes = letters.map(each => each.length)
  const all = sizes.reduce((sum, size) => sum + size, 0)
  assert.equal(await client.say("STAT"), `+OK 3 ${all}`)
  assert.deepEqual((await client.list("LIST")).slice(1), [`1 ${sizes[0]}`, `2 ${sizes[1]}`, `3 ${sizes[2]}`])
  assert.equal(await client.say("LIST 2"), `+OK 2 ${sizes[1]}`)
  const names = (await client.list("UIDL")).slice(1)
  assert.equal(new Set(names.map(line => line.split(" ")[1])).size, 3)
  assert.equal(await client.say("UIDL 3"), `+OK ${names[2]}`)
  for (const line of ["LIST 0", "LIST 4", "UIDL 4", "RETR 4", "TOP 4 1", "DELE 4"]) {
    assert.equal(await client.say(line), "-ERR There is no such message", line)
  }
  assert.match(await client.say("QUIT"), /^\+OK/)

  await house.receive(letter("four"))
  const again = await house.enter()
  const later = (await again.list("UIDL")).slice(1)
  assert.deepEqual(later.slice(0, 3), names)
  assert.equal(later.length, 4)
})

test("gives each message byte for byte, whatever its lines are", async t => {
  const house = await openTestDoor(t)
  const odd = [
    letter("dots", ".\r\n..\r\n.a\r\nb."),
    Buffer.from("Subject: no body\r\n\r\n"),
    Buffer.from("Subject: eight bits\r\n\r\n\xe4\xf6\xfc \xff\r\n", "latin1"),
    letter("long", "x".repeat(600_000).replace(/.{70}/g, "$&\r\n")),
    letter("many dots", ".\r\n".repeat(20_000)),
  ]
  await house.receive(...odd)
  const client = await house.enter()
  for (const [n, message] of odd.entries()) {
    const [status, ...lines] = await client.list(`RETR ${n + 1}`)
    assert.equal(status, `+OK ${message.length} octets`)
    assert.ok(Buffer.from(`${lines.join("\r\n")}\r\n`, "latin1").equals(message), `message ${n + 1}`)
  }
})

test("shows the top of a message and no more of it than was asked for", async t => {
  const house = await openTestDoor(t)
  await house.receive(letter("one", "a\r\n.b\r\nc\r\nd"))
  const client = await house.enter()
  const header = ["From: <x@far.example>", "Subject: one", ""]
  assert.deepEqual((await client.list("TOP 1 0")).slice(1), header)
  assert.deepEqual((await client.list("top 1 2")).slice(1), [...header, "a", ".b"])
  assert.deepEqual((await client.list("TOP 1 9999999999")).slice(1), [...header, "a", ".b", "c", "d"])
})

test("removes on QUIT what was marked, and nothing else", async t => {
  const house = await openTestDoor(t)
  await house.receive(letter("one"), letter("two"), letter("three"))
  const client = await house.enter()
  const names = (await client.list("UIDL")).slice(1)
  assert.match(await client.say("DELE 1"), /^\+OK/)
  assert.match(await client.say("DELE 3"), /^\+OK/)
  assert.equal(await client.say("DELE 3"), "-ERR There is no such message")
  assert.equal(await client.say("RETR 1"), "-ERR There is no such message")
  assert.equal(await client.say("STAT"), `+OK 1 ${letter("two").length}`)
  assert.deepEqual((await client.list("UIDL")).slice(1), [names[1]])
  assert.equal(await client.say("QUIT"), "+OK 2 messages removed. Goodbye")
  assert.equal(await client.line(), undefined)
  const [inbox] = await (await house.mail()).mailboxes()
  assert.deepEqual([inbox?.total, inbox?.deleted], [1, 0])
  const again = await house.enter()
  assert.deepEqual((await again.list("UIDL")).slice(1), [`1 ${names[1]?.split(" ")[1]}`])
})

test("takes all marks back on RSET, and removes nothing when the client goes without QUIT", async t => {
  const house = await openTestDoor(t)
  await house.receive(letter("one"), letter("two"))
  const first = await house.enter()
  await first.say("DELE 1")
  assert.match(await first.say("RSET"), /^\+OK 2 messages/)
  assert.match(await first.say("DELE 2"), /^\+OK/)
  first.end()
  assert.equal(await first.line(), undefined)
  await untilFree(house)
  const second = await house.enter()
  assert.match(await second.say("STAT"), /^\+OK 2 /)
  await second.say("DELE 1")
  second.destroy()
  await untilFree(house)
  assert.match(await (await house.enter()).say("STAT"), /^\+OK 2 /)
})

test("leaves alone what came after the client signed in, and numbers nothing anew when others remove", async t => {
  const house = await openTestDoor(t)
  await house.receive(letter("one"), letter("two"), letter("three"))
  const client = await house.enter()
  await house.receive(letter("four"))
  assert.match(await client.say("STAT"), /^\+OK 3 /)
  const mail = await house.mail()
  const inbox = (await mail.mailboxes()).find(({ role }) => role === "inbox")
  assert(inbox)
  const second = [{ first: 2, last: 2 }]
  await mail.store(inbox.id, second, { change: "add", keywords: [], deleted: true })
  await mail.expunge(inbox.id, second)
  assert.equal(await client.say("RETR 2"), "-ERR The message has been removed by another program")
  assert.ok((await client.list("RETR 3")).includes("Subject: three"))
  for (const n of [1, 2, 3]) assert.match(await client.say(`DELE ${n}`), /^\+OK/)
  assert.match(await client.say("QUIT"), /^\+OK/)
  assert.match(await (await house.enter()).say("STAT"), /^\+OK 1 /)
})

test("says so honestly when what was marked could not be removed", async t => {
  const house = await openTestDoor(t)
  await house.receive(letter("one"))
  const door = await house.openDoor({
    openMail: session => ({
      ...house.openMail(session),
      expunge: () => Promise.reject(new Error("the database has gone")),
    }),
  })
  const client = await connectClient(door.addresses.pop3 ?? "")
  await client.signIn(user, password)
  await client.say("DELE 1")
  assert.match(await client.say("QUIT"), /^-ERR \[SYS\/TEMP\] /)
  assert.equal(house.log.events.filter(({ name }) => name === "pop3.delete-failed").length, 1)
  assert.match(await (await house.enter()).say("STAT"), /^\+OK 1 /)
})

test("ends the connection rather than let part of a message look like all of it", async t => {
  const house = await openTestDoor(t)
  await house.receive(letter("one", "x".repeat(100_000)))
  const door = await house.openDoor({
    openMail: session => {
      const mail = house.openMail(session)
      return {
        ...mail,
        async *bodies(mailbox, uids) {
          yield* mail.bodies(mailbox, uids)
          throw new Error("the database has gone")
        },
      }
    },
  })
  const client = await connectClient(door.addresses.pop3 ?? "")
  await client.signIn(user, password)
  await assert.rejects(client.list("RETR 1"), /ended within a list/)
})

test("keeps a second program out while one reads, at this node and at another, and lets it in afterwards", async t => {
  const house = await openTestDoor(t)
  const other = await house.openDoor()
  const first = await house.enter()
  for (const address of [house.door.addresses.pop3, other.addresses.pop3]) {
    const second = await connectClient(address ?? "")
    assert.match(await second.signIn(user, password), /^-ERR \[IN-USE\] /)
    assert.match(await second.signIn(user, password), /^-ERR \[IN-USE\] /, "it may try again")
    second.end()
  }
  assert.match(await first.say("QUIT"), /^\+OK/)
  const second = await connectClient(other.addresses.pop3 ?? "")
  assert.match(await second.signIn(user, password), /^\+OK 0 messages/)
  second.end()
})

test("ends when the password changes: what was open opens no more", async t => {
  const house = await openTestDoor(t)
  await house.receive(letter("one"))
  const client = await house.enter()
  const changed = await house.people.changePassword(
    mailAddress(user),
    secret(password),
    secret("a different lake by day 71"),
  )
  assert.equal(changed.kind, "changed")
  assert.match(await client.say("RETR 1"), /^-ERR \[AUTH\] /)
  assert.equal(await client.line(), undefined)
})

test("answers many commands that come at once in their order", async t => {
  const house = await openTestDoor(t)
  await house.receive(letter("one"), letter("two"))
  const client = await house.connect()
  client.write(`USER ${user}\r\nPASS ${password}\r\nSTAT\r\nTOP 1 0\r\nDELE 1\r\nRSET\r\nNOOP\r\nQUIT\r\n`)
  const lines: string[] = []
  for (let line = await client.line(); line !== undefined; line = await client.line()) lines.push(line)
  assert.deepEqual(
    lines.map(line => line.split(" ")[0]),
    ["+OK", "+OK", "+OK", "+OK", "From:", "Subject:", "", ".", "+OK", "+OK", "+OK", "+OK"],
  )
})

/** Until the lease that a client had is given back. */
async function untilFree({ store }: Awaited<ReturnType<typeof openTestDoor>>): Promise<void> {
  for (let turns = 0; turns < 2_000; turns += 1) {
    const rows = await store.sql`select account_id from maildrop_lease`
    if (rows.length === 0) return
  }
  throw new Error("the lease was not given back")
}
