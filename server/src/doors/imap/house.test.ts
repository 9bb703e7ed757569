import assert from "node:assert/strict"
import { test } from "node:test"
import { createScramClient } from "../../../../packages/sasl/fixtures/scram-client.ts"
import { setQuota } from "../../messages/index.ts"
import { secret as asSecret, mailAddress } from "../../privacy/index.ts"
import { opened } from "../../privacy/test-privacy.ts"
import type { Client } from "./fixtures/client.ts"
import { anna, openHouseDoor, password } from "./fixtures/open-house-door.ts"

/** What AUTHENTICATE answers at last; the server's proof is checked on the way. */
async function scram(client: Client, mechanism: string, scramClient: ReturnType<typeof createScramClient>) {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")
  const challenge = async (): Promise<Buffer | string> => {
    const line = (await client.line()) ?? ""
    return line.startsWith("+ ") ? Buffer.from(line.slice(2), "base64") : line
  }
  client.write(`s AUTHENTICATE ${mechanism} ${base64(scramClient.first)}\r\n`)
  const first = await challenge()
  if (typeof first === "string") return first
  client.write(`${base64(scramClient.final(first))}\r\n`)
  const proof = await challenge()
  if (typeof proof === "string") return proof
  assert.ok(scramClient.accepts(proof), "the server has our key")
  client.write("\r\n")
  return (await client.line()) ?? ""
}

test("AUTH=SCRAM-SHA-256 and AUTH=SCRAM-SHA-256-PLUS take an app password, bound to the TLS connection or not, and the main password never", async context => {
  const { connect, people } = await openHouseDoor(context)
  const added = await people.addAppPassword(
    mailAddress(anna),
    asSecret(password),
    ["imap"],
    asSecret("A program"),
  )
  assert.ok(added.kind === "added")
  const secret = opened(added.secret)

  const plain = await connect()
  assert.match(
    await scram(plain, "SCRAM-SHA-256", createScramClient({ name: anna, password: secret })),
    /^s OK \[CAPABILITY .*\] You are signed in$/,
  )
  assert.equal((await plain.say('LIST "" INBOX')).length, 2)

  const bound = await connect()
  const octets = bound.tls().exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0))
  const binding = { type: "tls-exporter", octets }
  const client = createScramClient({ name: anna, password: secret, binding })
  assert.match(await scram(bound, "SCRAM-SHA-256-PLUS", client), /^s OK /)

  const between = await connect()
  const other = createScramClient({ name: anna, password: secret, binding })
  assert.match(
    await scram(between, "SCRAM-SHA-256-PLUS", other),
    /^s (?:NO|BAD) /,
    "another connection's binding",
  )

  const main = await connect()
  assert.match(
    await scram(main, "SCRAM-SHA-256", createScramClient({ name: anna, password })),
    /^s NO \[AUTHENTICATIONFAILED\]/,
  )
})

test("mailboxes are made, with a use (CREATE-SPECIAL-USE) and an id that stays (OBJECTID), renamed, subscribed and deleted", async context => {
  const { enter } = await openHouseDoor(context)
  const client = await enter()
  const made = /^OK \[MAILBOXID \((m\w+)\)\]/.exec(await client.answer("CREATE Work/Offers"))?.[1]
  assert.ok(made !== undefined)
  assert.match(await client.answer("CREATE Work/Offers"), /^NO \[ALREADYEXISTS\]/)
  assert.match(await client.answer('CREATE "a//b"'), /^NO \[CANNOT\]/)
  assert.match(await client.answer("CREATE x (USE (\\All))"), /^NO \[USEATTR\]/)
  assert.match(await client.answer("CREATE x (USE (\\Trash))"), /^NO \[USEATTR\]/, "there is one already")
  assert.match(await client.answer("DELETE Archive"), /^OK/)
  assert.match(await client.answer("CREATE Kept (USE (\\Archive))"), /^OK/)
  assert.deepEqual((await client.say('LIST (SPECIAL-USE) "" Kept')).slice(0, -1), [
    '* LIST (\\HasNoChildren \\Archive) "/" Kept',
  ])
  assert.match(await client.answer("RENAME Work/Offers Done"), /^OK/)
  assert.equal((await client.say("STATUS Done (MAILBOXID)"))[0], `* STATUS Done (MAILBOXID (${made}))`)
  assert.match(await client.answer("RENAME Nowhere Else"), /^NO \[NONEXISTENT\]/)
  assert.match(await client.answer("UNSUBSCRIBE Done"), /^OK/)
  assert.deepEqual((await client.say('LSUB "" Done')).slice(0, -1), [])
  assert.match(await client.answer("SUBSCRIBE Nowhere"), /^NO \[NONEXISTENT\]/)
  assert.match(await client.answer("DELETE INBOX"), /^NO /)
  assert.match(await client.answer("DELETE Done"), /^OK/)
  assert.match(await client.answer("DELETE Done"), /^NO \[NONEXISTENT\]/)
  assert.match(await client.answer("UNSUBSCRIBE Nowhere"), /^OK/)
})

test("a subscription stays when its mailbox goes, and ends when the client says so", async context => {
  const { enter } = await openHouseDoor(context)
  const client = await enter()
  await client.say("CREATE Work/Offers")
  await client.say("SUBSCRIBE Work/Offers")
  await client.say("DELETE Work/Offers")
  const shown = async () => (await client.say('LIST (SUBSCRIBED) "" Work/*')).slice(0, -1)
  assert.deepEqual(await shown(), ['* LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Work/Offers'])
  assert.deepEqual((await client.say('LSUB "" Work/*')).slice(0, -1), ['* LSUB () "/" Work/Offers'])
  assert.deepEqual((await client.say('LIST "" Work/*')).slice(0, -1), [])
  assert.match(await client.answer("SELECT Work/Offers"), /^NO \[NONEXISTENT\]/)
  assert.match(await client.answer("SUBSCRIBE Work/Offers"), /^OK/)
  assert.match(await client.answer("UNSUBSCRIBE Work/Offers"), /^OK/)
  assert.deepEqual(await shown(), [])
})

test("QUOTA and QUOTA=RES-STORAGE show what is used and what there may be, in units of 1,024 octets", async context => {
  const { enter, store, account } = await openHouseDoor(context)
  const client = await enter()
  assert.deepEqual((await client.say("GETQUOTAROOT INBOX")).slice(0, -1), [
    '* QUOTAROOT INBOX ""',
    '* QUOTA "" ()',
  ])
  await setQuota(store, account, 2_048_000)
  await client.say(`APPEND INBOX {1500+}\r\nSubject: x\r\n\r\n${"x".repeat(1_486)}`)
  assert.equal((await client.say('GETQUOTA ""'))[0], '* QUOTA "" (STORAGE 2 2000)')
  assert.match(await client.answer("GETQUOTA x"), /^NO \[NONEXISTENT\]/)
  assert.match(await client.answer('SETQUOTA "" (STORAGE 5)'), /^NO \[NOPERM\]/)
  await setQuota(store, account, 2_000)
  assert.match(await client.answer(`APPEND INBOX {600+}\r\n${"y".repeat(600)}`), /^NO \[OVERQUOTA\]/)
})

test("STATUS counts what is marked deleted, in messages and octets", async context => {
  const { enter } = await openHouseDoor(context)
  const client = await enter()
  for (const octets of [100, 200, 300])
    await client.say(`APPEND Drafts {${octets}+}\r\n${"x".repeat(octets)}`)
  await client.say("SELECT Drafts")
  await client.say("STORE 1,3 +FLAGS.SILENT (\\Deleted)")
  assert.equal(
    (await client.say("STATUS Drafts (MESSAGES SIZE DELETED DELETED-STORAGE)"))[0],
    "* STATUS Drafts (MESSAGES 3 SIZE 600 DELETED 2 DELETED-STORAGE 400)",
  )
})

test("IDLE hears of mail that another program puts into the mailbox, and of its going", async context => {
  const { enter } = await openHouseDoor(context)
  const waiting = await enter()
  await waiting.say("SELECT INBOX")
  waiting.write("i IDLE\r\n")
  assert.match((await waiting.line()) ?? "", /^\+ /)
  const other = await enter()
  await other.say("APPEND INBOX {5+}\r\nhello")
  assert.equal(await waiting.line(), "* 1 EXISTS")
  await other.say("SELECT INBOX")
  await other.say("STORE 1 +FLAGS.SILENT (\\Deleted)")
  assert.match((await waiting.line()) ?? "", /^\* 1 FETCH .*\\Deleted/)
  await other.say("EXPUNGE")
  assert.equal(await waiting.line(), "* 1 EXPUNGE")
})

test("a changed password ends the connections of those who signed in before, also those that idle", async context => {
  const { enter, connect, people } = await openHouseDoor(context)
  const [idling, silent] = [await enter(), await enter()]
  idling.write("i IDLE\r\n")
  await idling.line()
  const changed = await people.changePassword(
    mailAddress(anna),
    asSecret(password),
    asSecret("another horse battery"),
  )
  assert.equal(changed.kind, "changed")
  for (const client of [idling, silent]) {
    assert.match((await client.line()) ?? "", /^\* BYE Your sign-in has ended/)
    await client.closed
  }
  const again = await connect()
  assert.match(await again.answer(`LOGIN ${anna} "${password}"`), /^NO \[AUTHENTICATIONFAILED\]/)
  assert.match(await again.answer(`LOGIN ${anna} "another horse battery"`), /^OK/)
})
