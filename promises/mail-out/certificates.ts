import assert from "node:assert/strict"
import { X509Certificate } from "node:crypto"
import { type TestContext, test } from "node:test"
import { day, openTestCertificates } from "../../server/src/certificates/open-test-certificates.ts"
import { readCertificateRow } from "../../server/src/certificates/rows.ts"
import { openSubmission } from "../../server/src/doors/smtp/fixtures/open-submission.ts"
import type { Subject } from "./subject.ts"
import { until } from "./world.ts"

/**
 * Certificates of an authority: months go by between two of them, so it is the server's own code, with an authority and a
 * clock in the test's hands, a real database, and a real door that shows them.
 */
const swapped =
  "a renewed certificate is shown to whoever comes next, on every node, without a restart; who is there stays"
const inTime = "a certificate is renewed a month before it ends, by one node, and once"
const stands = "what goes wrong leaves in force what is, and is tried again later, not at once"
const fromUs = "a certificate that somebody wrote into the database is shown to nobody"

const renewer = "server/src/certificates/renewer.ts"
const inForce = "server/src/certificates/in-force.ts"
const atRest = "server/src/certificates/key-at-rest.ts"

export const certificates: Subject = {
  mutations: [
    {
      name: "a certificate is read at the start alone",
      file: inForce,
      find: "await store.listen(CERTIFICATE_CHANNEL, readAgain, readAgain)",
      replace: "await store.listen(CERTIFICATE_CHANNEL, async () => undefined, async () => undefined)",
      why: "the old certificate would be shown until it has ended, and then still",
      noticedBy: swapped,
    },
    {
      name: "a certificate is renewed when it has ended",
      file: renewer,
      find: "return row.issued === undefined || row.issued.renewAt <= now",
      replace: "return row.issued === undefined || row.issued.notAfter < now",
      why: "others' servers would find a certificate that has run out",
      noticedBy: inTime,
    },
    {
      name: "a node does not look whether another is at it",
      file: renewer,
      find: 'if (!(await hold(firstHoldMs))) return { kind: "busy" }',
      replace: "await hold(firstHoldMs)",
      also: [
        {
          file: renewer,
          find: "if (!(await hold(longestMs))) throw",
          replace: "if (!(await hold(longestMs)) && longestMs < 0) throw",
        },
      ],
      why: "the authority would refuse more after some",
      noticedBy: inTime,
    },
    {
      name: "what failed is tried again at once",
      file: renewer,
      find: "if (row.nextTry !== undefined && row.nextTry > now) return false",
      replace: "if (row.nextTry === now) return false",
      why: "the authority would refuse the server for a week",
      noticedBy: stands,
    },
    {
      name: "a failure is kept for nobody",
      file: renewer,
      find: "await keepTrouble(store, names, holder, { says, todo, failures, nextTry }, clock.now())",
      replace: "void keepTrouble",
      why: "who runs the server would hear of it when the certificate has ended",
      noticedBy: stands,
    },
    {
      name: "a certificate's key lies in the database as it is",
      file: atRest,
      find: 'return vaults.sealToServer("certificate", contextOf(names), Buffer.from(key, "latin1"))',
      replace: 'return Buffer.from(key, "latin1")',
      also: [
        {
          file: atRest,
          find: 'return vaults.openFromServer("certificate", contextOf(names), sealed).toString("latin1")',
          replace: 'return Buffer.from(sealed).toString("latin1")',
        },
      ],
      why: "whoever reads the database could pass for the server, and who writes it could choose what it shows",
      noticedBy: fromUs,
    },
  ],
  checks() {
    test(swapped, async t => {
      const { openNode, clock, store } = await openTestCertificates(t)
      const [one, two] = [await openNode(), await openNode()]
      await one.runIfDue()
      await until("no node shows it", () =>
        one.current() === undefined || two.current() === undefined ? undefined : true,
      )
      const doors = [await doorOf(t, one), await doorOf(t, two)]
      const before = await Promise.all(doors.map(door => door.enter()))
      clock.at += 61 * day
      await one.runIfDue()
      const renewed = (await readCertificateRow(store, "mail.example"))?.issued
      assert.ok(renewed !== undefined)
      const { serialNumber } = new X509Certificate(renewed.chain)
      for (const door of doors)
        await until("a door does not show the new one", async () =>
          (await door.enter()).shown === serialNumber ? true : undefined,
        )
      for (const { peer, shown } of before) {
        assert.notEqual(shown, serialNumber)
        assert.match(await peer.say("NOOP"), /^250 /)
      }
    })

    test(inTime, async t => {
      const { openNode, clock, authority } = await openTestCertificates(t)
      const reached = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const slow = await openNode({
        async send(request) {
          reached.resolve()
          await goOn.promise
          return authority.answer(request)
        },
      })
      const other = await openNode()
      const orders = () => authority.played.log.filter(line => line === "POST /orders").length
      const first = slow.runIfDue()
      await reached.promise
      await other.runIfDue()
      const meanwhile = orders()
      goOn.resolve()
      assert.equal(meanwhile, 0, "two nodes are at it")
      await first
      assert.equal(orders(), 1)
      for (const [days, all] of [
        [59, 1],
        [1, 2],
        [0, 2],
      ] as const) {
        clock.at += days * day
        for (const node of [slow, other]) await node.runIfDue()
        assert.equal(orders(), all)
      }
    })

    test(stands, async t => {
      let isAway = false
      const { openNode, clock, authority, store } = await openTestCertificates(t, {
        twist: path => (isAway && path === "/orders" ? { status: 503, body: {} } : undefined),
      })
      const node = await openNode()
      await node.runIfDue()
      await until("it is not shown", () => (node.current() === undefined ? undefined : true))
      const shown = node.current()
      isAway = true
      clock.at += 61 * day
      await node.runIfDue()
      const asked = authority.played.log.length
      await node.runIfDue()
      assert.equal(authority.played.log.length, asked, "it was asked again at once")
      assert.ok(node.current() === shown, "another is shown")
      const row = await readCertificateRow(store, "mail.example")
      assert.ok((row?.trouble?.says ?? "").length > 0, "nobody hears what is wrong")
      isAway = false
      clock.at += day
      await node.runIfDue()
      await until("it is not renewed", () => (node.current() === shown ? undefined : true))
    })

    test(fromUs, async t => {
      const [house, other] = [await openTestCertificates(t), await openTestCertificates(t)]
      const [node, another] = [await house.openNode(), await other.openNode()]
      await Promise.all([node.runIfDue(), another.runIfDue()])
      await until("it is not shown", () => (node.current() === undefined ? undefined : true))
      const shown = node.current()
      const theirs = (await readCertificateRow(other.store, "mail.example"))?.issued
      assert.ok(theirs !== undefined)
      await house.store.sql`update certificate set chain = ${theirs.chain}, key_sealed = ${theirs.keySealed}`
      await house.store.transaction(tx => house.store.notify(tx, "letterkeep_certificate", ""))
      await until("it was not looked at", () =>
        house.log.events.some(({ name }) => name === "tls.certificate-failed") || node.current() !== shown
          ? true
          : undefined,
      )
      assert.ok(node.current() === shown, "another is shown")
    })
  },
}

/** The door of mail programs that send, with what a node has in force. */
async function doorOf(
  t: TestContext,
  node: {
    readonly current: Awaited<
      ReturnType<Awaited<ReturnType<typeof openTestCertificates>>["openNode"]>
    >["current"]
  },
) {
  const { greeted } = await openSubmission(t, { tls: { current: () => node.current()?.context } })
  return {
    async enter() {
      const peer = await greeted({ tls: true })
      return { peer, shown: peer.tls?.getPeerX509Certificate()?.serialNumber }
    },
  }
}
