import assert from "node:assert/strict"
import { test } from "node:test"
import { houseDomain, succeeded } from "../../fixtures/house.ts"
import { addressOf } from "../../fixtures/server.ts"
import { SmtpClient } from "../../fixtures/smtp-client.ts"
import {
  openSubmission,
  password,
  plain,
  user,
} from "../../server/src/doors/smtp/fixtures/open-submission.ts"
import type { Subject } from "./subject.ts"
import { letter, recipientsPerDay } from "./world.ts"

/** The doors for those who send: who may, by which way to sign in, under which addresses, and how much in a day. */
const onlyOwn = "takes mail of those alone who have signed in, under addresses of theirs"
const signInFirst = "asks for a sign-in before it takes anything, and takes it then"
const inClear = "takes no password that others could read on its way"
const changed = "a changed password ends what was signed in with the old one, before its next message"
const enough = "nobody sends to more people in a day than they may, however many connections they use"

export const submission: Subject = {
  mutations: [
    {
      name: "anybody's address may be used",
      file: "server/src/flow/send.ts",
      find: 'return { kind: "not-yours" }',
      replace: 'return { kind: "yours" }',
      why: "people could write in one another's name",
      noticedBy: onlyOwn,
    },
    {
      name: "anybody may stand in From",
      file: "server/src/flow/send.ts",
      find: "if (!(await isTheirs(parts, account, author, permit)))",
      replace: "if (author === '')",
      why: "readers see From, and nothing else",
      noticedBy: onlyOwn,
    },
    {
      name: "whoever has not signed in is not told to",
      file: "packages/smtp/src/commands/auth.ts",
      find: 'return signIn === undefined || signedIn ? undefined : broken("order", signInFirst)',
      replace: 'return signIn !== undefined || signedIn ? undefined : broken("order", signInFirst)',
      why: "a program would be hung up on where it only has to sign in",
      noticedBy: signInFirst,
    },
    {
      name: "passwords are taken in the clear",
      file: "server/src/doors/smtp/sign-in.ts",
      find: "passwords: side !== undefined || (this.#house.plaintextOnLoopback && peer.local),",
      replace: "passwords: true,",
      why: "whoever listens on the way would have the password",
      noticedBy: inClear,
    },
    {
      name: "what may be said on this machine may be said from anywhere",
      file: "server/src/doors/smtp/sign-in.ts",
      find: "passwords: side !== undefined || (this.#house.plaintextOnLoopback && peer.local),",
      replace: "passwords: side !== undefined || this.#house.plaintextOnLoopback,",
      why: "whoever listens on the way would have the password",
      noticedBy: inClear,
    },
    {
      name: "a sign-in lasts as long as its connection",
      file: "server/src/doors/smtp/submission.ts",
      find: "account !== undefined && (await people.isStillSignedIn(account)) ? account : undefined",
      replace: "account",
      why: "whoever stole a password could go on for as long as they stay connected",
      noticedBy: changed,
    },
    {
      name: "what is left of a day is not looked at with each recipient",
      file: "server/src/flow/send.ts",
      find: "if (sofar >= left) return",
      replace: "if (sofar < 0) return",
      why: "people would write and send a whole message to hear that it is too much",
      noticedBy: enough,
    },
    {
      name: "what was sent today is not counted",
      file: "server/src/sending/allowance.ts",
      find: "s.recipients + excluded.recipients <= ",
      replace: "s.recipients - excluded.recipients <= ",
      why: "with a stolen password, and two connections, the server would be a source of junk",
      noticedBy: enough,
    },
  ],
  checks(world) {
    test(onlyOwn, async () => {
      const { signIn, queued } = await world()
      const client = await signIn()
      for (const other of [`ben@${houseDomain}`, "carla@far.test"])
        assert.equal((await client.command(`MAIL FROM:<${other}>`)).code, 553, other)
      const forged = letter("forged").toString().replace("anna@", "ben@")
      const answer = await client.deliver({
        from: `anna@${houseDomain}`,
        to: ["carla@far.test"],
        message: Buffer.from(forged),
      })
      assert.equal(answer.end?.code, 550)
      client.close()
      assert.equal(await queued(), 0)
    })

    test(signInFirst, async () => {
      const { house, queued } = await world()
      const { address, password } = house.people.anna
      const client = await SmtpClient.connect(addressOf(house.server().ready, "submissions"), "tls")
      await client.command("EHLO laptop")
      assert.equal((await client.command(`MAIL FROM:<${address}>`)).code, 530)
      assert.equal((await client.command("RCPT TO:<carla@far.test>")).code, 503)
      assert.equal((await client.command(`AUTH PLAIN ${plain(address, "a guess")}`)).code, 535)
      assert.equal((await client.command(`MAIL FROM:<${address}>`)).code, 530)
      assert.equal(await queued(), 0)
      assert.equal((await client.command(`AUTH PLAIN ${plain(address, password)}`)).code, 235)
      assert.equal((await client.command(`MAIL FROM:<${address}>`)).code, 250)
      client.close()
    })

    test(inClear, async t => {
      const { house } = await world()
      const { address, password: hers } = house.people.anna
      const client = await SmtpClient.connect(addressOf(house.server().ready, "submission"))
      const { lines } = await client.command("EHLO laptop")
      assert.deepEqual(
        lines.filter(line => line.startsWith("AUTH")),
        [],
      )
      assert.equal((await client.command(`AUTH PLAIN ${plain(address, hers)}`)).code, 538)
      assert.equal((await client.command("AUTH LOGIN")).code, 538)
      client.close()
      // Where the operator allows it for this machine, a proxy's word says that somebody is not on it.
      const doors = await openSubmission(t, { plaintextOnLoopback: true, proxyFrom: ["127.0.0.1"] })
      const elsewhere = await doors.greeted({ before: proxied })
      assert.doesNotMatch(await elsewhere.say("EHLO laptop"), /AUTH/)
      assert.match(await elsewhere.say(`AUTH PLAIN ${plain(user, password)}`), /^538 /)
    })

    test(changed, async () => {
      const { house, signIn } = await world()
      const { address, password: old } = house.people.ben
      const change = async (from: string, to: string) => {
        const stdin = `${from}\n${to}\n`
        succeeded(await house.server().cli(["account", "password", address], { stdin }))
      }
      const [idle, busy] = [await signIn("ben"), await signIn("ben")]
      assert.equal((await busy.command(`MAIL FROM:<${address}>`)).code, 250)
      assert.equal((await busy.command("RCPT TO:<carla@far.test>")).code, 250)
      const other = "a quiet lake by morning 18"
      await change(old, other)
      try {
        assert.equal((await busy.command("DATA")).code, 530)
        assert.equal((await idle.command(`MAIL FROM:<${address}>`)).code, 530)
      } finally {
        await change(other, old)
        for (const client of [idle, busy]) client.close()
      }
    })

    test(enough, async () => {
      const { house, signIn, isEmpty, play } = await world()
      play()
      const { address } = house.people.ben
      const many = (from: number, count: number) =>
        Array.from({ length: count }, (_, no) => `p${from + no}@far.test`)
      const message = Buffer.from(letter("to many").toString().replace("anna@", "ben@"))
      const most = recipientsPerDay - 50
      const clients = [await signIn("ben"), await signIn("ben")]
      for (const [no, client] of clients.entries()) {
        const lines = many(no * most, most).map(to => `RCPT TO:<${to}>`)
        const answers = await client.pipeline([`MAIL FROM:<${address}>`, ...lines])
        assert.ok(answers.every(({ code }) => code === 250))
      }
      const ends = await Promise.all(
        clients.map(async client => {
          assert.equal((await client.command("DATA")).code, 354)
          await client.send(message)
          const { code } = await client.command(".")
          client.close()
          return code
        }),
      )
      assert.deepEqual(ends.toSorted(), [250, 550])
      const client = await signIn("ben")
      const { recipients, end } = await client.deliver({ from: address, to: many(0, 51), message })
      assert.deepEqual(recipients.map(({ code }) => code).slice(49), [250, 450])
      assert.equal(end?.code, 250)
      client.close()
      await isEmpty()
    })
  },
}

/** What a proxy says of somebody at 192.0.2.9 (PROXY protocol, version 2). */
const proxied = Buffer.from("0d0a0d0a000d0a515549540a2111000cc00002097f000001d9030019", "hex")
