import assert from "node:assert/strict"
import { createHash, createPublicKey } from "node:crypto"
import { test } from "node:test"
import type { DnsTable } from "@letterkeep/dns"
import type { Policy } from "@letterkeep/mta-sts"
import { certificateFor, selfSignedFor } from "../../server/src/ports/network/test-certificates.ts"
import {
  brief,
  farSide,
  mailTo,
  openTestHandOver,
  someTurns,
  until,
} from "../../server/src/sending/hand-over/open-test-hand-over.ts"
import type { Subject } from "./subject.ts"

/**
 * Connections as safe as the other side's policy asks: the server's own code for handing over, with real sockets, and a DNS
 * and policies in the test's hands, which no server's own mail could be given.
 */
const rules = "server/src/sending/hand-over/tls-rules.ts"
const dialHost = "server/src/sending/hand-over/dial-host.ts"
const dane = "a server gets mail whose key is the one that its domain's signed DNS names, and no other does"
const sts =
  "under a policy that is enforced, a server gets mail that a known authority vouches for, and no other does"
const clear = "what TLS is asked for never goes in the clear, whether it is not offered or does not work"
const unsigned = "records that nobody has signed bind nobody"

const vouchedFor = certificateFor(["mx.far.test"])
const own = selfSignedFor("mx.far.test")
const spki = createPublicKey(own.made.key).export({ type: "spki", format: "der" })
const tlsa = [{ usage: 3, selector: 1, matching: 1, data: createHash("sha256").update(spki).digest() }]

const tableFor = (port: number, signed: { readonly mx: boolean; readonly rest: boolean }): DnsTable => ({
  "far.test": { mx: [{ preference: 10, exchange: "mx.far.test" }], authentic: signed.mx },
  "mx.far.test": { a: ["127.0.0.1"], authentic: signed.rest },
  [`_${port}._tcp.mx.far.test`]: { tlsa, authentic: signed.rest },
})
const policyOf = (mode: Policy["mode"], host = "mx.far.test") => ({
  of: async () => ({ policy: { mode, mx: [host], maxAge: 86_400 }, lines: [] }),
})
const bySigned = { mx: true, rest: true }
const bySts = { mx: false, rest: false }

export const safeConnections: Subject = {
  mutations: [
    {
      name: "DANE is not looked at",
      file: rules,
      find: 'const byPolicy = rules.wish.kind === "none" ?',
      replace: "const byPolicy = rules.domain !== undefined ?",
      why: "whoever stands in between could show any certificate that an authority sold them",
      noticedBy: dane,
    },
    {
      name: "what a policy forbids is done",
      file: rules,
      find: 'if (byPolicy.kind === "skip") return byPolicy',
      replace: 'if (byPolicy.kind === "skip") return { kind: "deliver", verified: undefined }',
      why: "a policy that is enforced would be a wish",
      noticedBy: sts,
    },
    {
      name: "a host that the policy does not name may be connected to",
      file: rules,
      find: 'if (sts.kind === "skip") return { kind: "skip", why: "unverified", report: sts.report }',
      replace: 'if (sts.kind === "skip") return { kind: "deliver", verified: undefined }',
      why: "a forged MX record would lead mail astray",
      noticedBy: sts,
    },
    {
      name: "a handshake that fails is made up for without TLS",
      file: dialHost,
      find: "if (isDemanded || signal.aborted) return",
      replace: "if (signal.aborted) return",
      why: "whoever stands in between would only have to disturb the handshake",
      noticedBy: clear,
    },
    {
      name: "TLS that is not offered is not asked for",
      file: dialHost,
      find: 'signedIn(parts, host, isDemanded ? "required" : "wanted", refused, signal)',
      replace: 'signedIn(parts, host, "wanted", refused, signal)',
      why: "whoever stands in between would only have to leave a word out",
      noticedBy: clear,
    },
    {
      name: "an unsigned MX record is taken for a signed one",
      file: "server/src/sending/hand-over/find-addresses.ts",
      find: "const isSure = host.authentic && addressAuthentic",
      replace: "const isSure = addressAuthentic",
      also: [
        {
          file: "server/src/sending/hand-over/find-addresses.ts",
          find: "mxAuthentic: host.authentic,",
          replace: "mxAuthentic: true,",
        },
      ],
      why: "mail would wait, or be held to be safe, on the word of anybody",
      noticedBy: unsigned,
    },
  ],
  checks() {
    test(dane, async t => {
      for (const [certificate, expected] of [
        [own, "handed-over 250"],
        [vouchedFor, "not-now unverified"],
      ] as const) {
        const far = await farSide(t, { tls: certificate.context })
        const { send } = await openTestHandOver(t, { table: tableFor(far.port, bySigned), port: far.port })
        assert.deepEqual((await send(mailTo("carla@far.test"))).map(brief), [expected])
        assert.equal(far.mails.length, expected.startsWith("handed") ? 1 : 0)
      }
    })

    test(sts, async t => {
      for (const [certificate, host, expected] of [
        [vouchedFor, "mx.far.test", "handed-over 250"],
        [own, "mx.far.test", "not-now unverified"],
        [vouchedFor, "mx.other.test", "not-now unverified"],
      ] as const) {
        const far = await farSide(t, { tls: certificate.context })
        const { send } = await openTestHandOver(t, {
          table: tableFor(far.port, bySts),
          port: far.port,
          parts: { policies: policyOf("enforce", host) },
        })
        assert.deepEqual((await send(mailTo("carla@far.test"))).map(brief), [expected])
        assert.equal(far.mails.length, expected.startsWith("handed") ? 1 : 0)
      }
    })

    test(clear, async t => {
      for (const signed of [bySigned, bySts])
        for (const offers of [[], ["STARTTLS"]]) {
          // It says yes to STARTTLS, and nothing that is TLS after it.
          const far = await farSide(t, { offers })
          const { send, pass } = await openTestHandOver(t, {
            table: tableFor(far.port, signed),
            port: far.port,
            parts: signed === bySts ? { policies: policyOf("enforce") } : {},
          })
          const sending = send(mailTo("carla@far.test"))
          if (offers.length > 0) {
            await until(() => far.lines.includes("STARTTLS"))
            await someTurns()
            pass(60_000)
          }
          assert.deepEqual((await sending).map(brief), ["not-now no-tls"])
          assert.equal(far.mails.length, 0)
        }
    })

    test(unsigned, async t => {
      const far = await farSide(t, { tls: vouchedFor.context })
      const table = tableFor(far.port, { mx: false, rest: true })
      const { send } = await openTestHandOver(t, { table, port: far.port })
      const [tried] = await send(mailTo("carla@far.test"))
      assert.equal(brief(tried), "handed-over 250")
      assert.equal(tried?.by?.verified, "name")
    })
  },
}
