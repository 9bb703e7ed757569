import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import fc from "fast-check"
import { askMore, converse, heldFrom, openReceiver, type Piece, rightWord } from "../fixtures/converse.ts"
import { dialogueLimits, dialogueMechanisms, dialogues } from "../fixtures/dialogues.ts"
import { signInDialogues } from "../fixtures/sign-in-dialogues.ts"
import { longestLine } from "./command-line.ts"
import { defaultSmtpLimits } from "./limits.ts"
import { makeProfile } from "./profile.ts"
import { Receiver } from "./receiver.ts"

const lines = JSON.parse(readFileSync(new URL("../fixtures/lines.json", import.meta.url), "utf8")) as {
  readonly [of in "mail" | "held" | "rcpt" | "auth" | "other"]: readonly (readonly [string, number])[]
}

const all = [
  ...dialogues.map(dialogue => ({ ...dialogue, rules: { limits: dialogueLimits } })),
  ...signInDialogues.map(dialogue => ({
    ...dialogue,
    name: `sign-in: ${dialogue.name}`,
    rules: { limits: dialogueLimits, signIn: dialogueMechanisms },
  })),
]

for (const dialogue of all) {
  const rules = { ...dialogue.rules, refused: dialogue.refused ?? [] }
  test(`answers ${dialogue.name}`, () => {
    const seen = converse(dialogue.pieces, rules)
    assert.deepEqual(seen.codes, dialogue.codes)
    if (dialogue.messages !== undefined) assert.deepEqual(seen.messages, dialogue.messages)
  })

  test(`answers the same wherever it is cut: ${dialogue.name}`, () => {
    const whole = converse(dialogue.pieces, rules)
    for (const [at, piece] of dialogue.pieces.entries()) {
      if (piece === "secured") continue
      for (let cut = 0; cut <= piece.length; cut += 1) {
        const cutPieces: Piece[] = dialogue.pieces.toSpliced(
          at,
          1,
          piece.subarray(0, cut),
          piece.subarray(cut),
        )
        assert.deepEqual(converse(cutPieces, rules), whole, `cut at ${cut} of piece ${at}`)
      }
    }
    assert.deepEqual(converse(dialogue.pieces.flatMap(octets), rules), whole, "one octet at a time")
  })
}

function octets(piece: Piece): Piece[] {
  return piece === "secured" ? [piece] : Array.from(piece, octet => Uint8Array.of(octet))
}

test("answers each line of MAIL as the list says", () => {
  for (const [line, code] of lines.mail) {
    assert.deepEqual(converse([Buffer.from(`EHLO x\r\n${line}\r\n`)]).codes, [250, code], line)
  }
})

test("answers each line of MAIL as the list says where a message may wait for an hour", () => {
  for (const [line, code] of lines.held) {
    const { codes } = converse([Buffer.from(`EHLO x\r\n${line}\r\n`)], { mostSeconds: 3600 })
    assert.deepEqual(codes, [250, code], line)
  }
})

test("says with MAIL when a message is to go out, and how that was asked for", () => {
  const released = (parameter: string): unknown => {
    const { requests } = converse([Buffer.from(`EHLO x\r\nMAIL FROM:<>${parameter}\r\n`)], {
      mostSeconds: 3600,
    })
    const { sender } = JSON.parse(requests[1] ?? "{}") as { sender?: { release?: unknown } }
    return sender?.release
  }
  assert.equal(released(""), undefined)
  assert.deepEqual(released(" HOLDFOR=60"), { at: heldFrom + 60_000, request: "for;60" })
  const until = "2026-11-26T10:00:00Z"
  assert.deepEqual(released(` HOLDUNTIL=${until}`), { at: Date.parse(until), request: `until;${until}` })
})

test("gives a time to send room on the line where somebody signs in, and nowhere else", () => {
  const longest = (signIn: boolean): number => {
    const rules = { mostSeconds: 3600, ...(signIn ? { signIn: ["PLAIN"] } : {}) }
    const before = signIn ? `EHLO x\r\nAUTH PLAIN ${rightWord}\r\n` : "EHLO x\r\n"
    const isTaken = (octets: number): boolean => {
      const [begin, end] = ["MAIL FROM:<a@b.example>", " HOLDUNTIL=2026-11-26T10:00:00.123456789Z\r\n"]
      const line = begin + " ".repeat(octets - begin.length - end.length) + end
      return converse([Buffer.from(before + line)], rules).codes.at(-1) === 250
    }
    let octets = 600
    while (isTaken(octets + 1)) octets += 1
    return octets
  }
  const own = 26 + 17 + 10 + 11 + 113
  assert.deepEqual([longest(false), longest(true)], [512 + own, 512 + own + 500 + 41])
})

test("offers a time to send where it has one alone, as it is at each EHLO", () => {
  const hello = Buffer.from("EHLO x\r\n")
  assert.doesNotMatch(converse([hello], { signIn: ["PLAIN"] }).replies, /FUTURERELEASE/)
  assert.match(
    converse([hello], { mostSeconds: 3600 }).replies,
    /^250-FUTURERELEASE 3600 2026-11-26T10:30:00Z\r$/m,
  )
  let now = heldFrom
  const futureRelease = { mostSeconds: 60, now: () => now }
  const profile = makeProfile({
    hostname: "mx",
    limits: defaultSmtpLimits,
    offersTls: () => true,
    futureRelease,
  })
  const receiver = new Receiver(profile)
  const offer = (): string => {
    receiver.push(hello)
    receiver.next()
    return /FUTURERELEASE (.*)\r/.exec(Buffer.from(receiver.output()).toString())?.[1] ?? ""
  }
  assert.equal(offer(), "60 2026-11-26T09:31:00Z")
  now += 61_500
  assert.equal(offer(), "60 2026-11-26T09:32:01Z")
  for (const mostSeconds of [0, -1, 1.5, 1_000_000_000])
    assert.throws(
      () => makeProfile({ ...profile, futureRelease: { ...futureRelease, mostSeconds } }),
      RangeError,
    )
})

test("answers each line of RCPT as the list says", () => {
  for (const [line, code] of lines.rcpt) {
    assert.deepEqual(
      converse([Buffer.from(`EHLO x\r\nMAIL FROM:<>\r\n${line}\r\n`)]).codes,
      [250, 250, code],
      line,
    )
  }
})

test("answers each line of AUTH as the list says", () => {
  for (const [line, code] of lines.auth) {
    const { codes } = converse([Buffer.from(`EHLO x\r\n${line}\r\n`)], { signIn: dialogueMechanisms })
    assert.deepEqual(codes, [250, code], line)
  }
})

test("answers each other line as the list says", () => {
  for (const [line, code] of lines.other)
    assert.deepEqual(converse([Buffer.from(`${line}\r\n`)]).codes, [code], line)
})

test("takes an ORCPT in UTF-8 with SMTPUTF8 only", () => {
  const rcpt = "RCPT TO:<a@b.example> ORCPT=utf-8;jörg@b.example\r\n"
  assert.deepEqual(
    converse([Buffer.from(`EHLO x\r\nMAIL FROM:<> SMTPUTF8\r\n${rcpt}`)]).codes,
    [250, 250, 250],
  )
  assert.deepEqual(converse([Buffer.from(`EHLO x\r\nMAIL FROM:<>\r\n${rcpt}`)]).codes, [250, 250, 501])
})

test("offers STARTTLS before TLS and REQUIRETLS inside", () => {
  const plain = converse([Buffer.from("EHLO x\r\n")]).replies
  assert.match(plain, /STARTTLS/)
  assert.doesNotMatch(plain, /REQUIRETLS/)
  const inside = converse([Buffer.from("STARTTLS\r\n"), "secured", Buffer.from("EHLO x\r\n")]).replies
  assert.match(inside, /REQUIRETLS/)
  assert.doesNotMatch(inside, /STARTTLS/)
  const without = converse([Buffer.from("EHLO x\r\nSTARTTLS\r\n")], { offersTls: false })
  assert.doesNotMatch(without.replies, /TLS\r/)
  assert.deepEqual(without.codes, [250, 454])
})

test("offers AUTH where somebody signs in, by the mechanisms that are there now, and not twice", () => {
  const auth = (pieces: readonly Piece[], signIn?: readonly string[]): readonly (string | undefined)[] =>
    [
      ...converse(pieces, signIn === undefined ? {} : { signIn }).replies.matchAll(/^250.AUTH ?(.*)\r$/gm),
    ].map(([, mechanisms]) => mechanisms)
  const hello = Buffer.from("EHLO x\r\n")
  assert.deepEqual(auth([hello]), [])
  assert.deepEqual(auth([hello], []), [])
  assert.deepEqual(auth([hello, hello], dialogueMechanisms), ["SCRAM-SHA-256 PLAIN", "SCRAM-SHA-256 PLAIN"])
  assert.deepEqual(auth([Buffer.from(`EHLO x\r\nAUTH PLAIN ${rightWord}\r\nEHLO x\r\n`)], ["PLAIN"]), [
    "PLAIN",
  ])
  let mechanisms: readonly string[] = []
  const profile = makeProfile({ hostname: "mx", limits: defaultSmtpLimits, offersTls: () => true })
  const changing = new Receiver(profile, { signIn: { mechanisms: () => mechanisms } })
  const ehlo = (): string => {
    changing.push(hello)
    changing.next()
    return Buffer.from(changing.output()).toString()
  }
  assert.doesNotMatch(ehlo(), /AUTH/)
  mechanisms = ["PLAIN"]
  assert.match(ehlo(), /^250[ -]AUTH PLAIN\r$/m)
})

test("keeps a challenge whole, and gives it no enhanced code", () => {
  const receiver = openReceiver({ signIn: ["X"] })
  receiver.push(Buffer.from("EHLO x\r\nAUTH X\r\n"))
  while (receiver.next()?.kind !== "auth");
  receiver.output()
  const text = "A".repeat(8_000)
  receiver.answer({ code: 334, text })
  assert.equal(Buffer.from(receiver.output()).toString(), `334 ${text}\r\n`)
  assert.equal(receiver.asking, false)
  assert.equal(receiver.next(), undefined)
})

test("announces nothing that it does not do", () => {
  const keywords = converse([Buffer.from("EHLO x\r\n")])
    .replies.trim()
    .split("\r\n")
    .slice(1)
    .map(line => line.slice(4).split(" ")[0])
  assert.deepEqual(keywords, [
    "PIPELINING",
    "SIZE",
    "8BITMIME",
    "SMTPUTF8",
    "CHUNKING",
    "ENHANCEDSTATUSCODES",
    "DSN",
    "LIMITS",
    "STARTTLS",
  ])
})

test("gives an enhanced code with every reply but greetings and 354", () => {
  const said = all.map(({ pieces, rules }) => converse(pieces, rules).replies).join("")
  for (const line of said.split("\r\n")) {
    if (line === "" || /^3[35]4/.test(line) || /^250[ -](mx|[A-Z0-9]+( |$))/.test(line)) continue
    assert.match(line, /^([245])\d\d[ -]\1\.\d{1,3}\.\d{1,3} /)
  }
})

test("stands still until a question is answered", () => {
  const receiver = openReceiver()
  receiver.push(Buffer.from("EHLO x\r\nMAIL FROM:<>\r\nNOOP\r\n"))
  assert.equal(receiver.next()?.kind, "hello")
  assert.equal(receiver.next()?.kind, "mail")
  assert.equal(receiver.next(), undefined)
  assert.ok(receiver.asking)
  receiver.answer({ code: 250, text: "fine" })
  assert.equal(receiver.next()?.kind, "idle")
  assert.throws(() => receiver.answer({ code: 250, text: "fine" }))
})

test("keeps a transaction out when MAIL is refused by the owner", () => {
  const receiver = openReceiver()
  receiver.push(Buffer.from("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\n"))
  receiver.next()
  receiver.next()
  receiver.answer({ code: 452, enhanced: "4.3.1", text: "no room" })
  assert.equal(receiver.next()?.kind, "fault")
})

test("drops the rest of a message that its owner cannot take, and answers it with the owner's reply", () => {
  for (const text of ["DATA\r\na\r\nb\r\n.\r\n", "BDAT 3\r\na\r\nBDAT 3 LAST\r\nb\r\n"]) {
    const receiver = openReceiver()
    const kinds: string[] = []
    receiver.push(Buffer.from(`EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\n${text}NOOP\r\n`))
    for (let request = receiver.next(); request !== undefined; request = receiver.next()) {
      kinds.push(request.kind)
      if (receiver.asking) receiver.answer({ code: 250, text: "OK" })
      if (request.kind === "message-bytes")
        receiver.refuseMessage({ code: 452, enhanced: "4.3.1", text: "no room" })
    }
    assert.deepEqual(kinds.slice(3), ["message-begin", "message-bytes", "idle"])
    assert.match(Buffer.from(receiver.output()).toString(), /452 4\.3\.1 no room\r\n250 2\.0\.0 OK\r\n$/)
  }
})

test("refuses DATA in the owner's words, and a first BDAT after its octets", () => {
  const begin = { code: 452, enhanced: "4.3.1", text: "no room" } as const
  const head = "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\n"
  assert.deepEqual(
    converse([Buffer.from(`${head}DATA\r\nNOOP\r\n`)], { begin }).codes,
    [250, 250, 250, 452, 250],
  )
  const chunks = `${head}BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n`
  assert.deepEqual(converse([Buffer.from(chunks)], { begin }).codes, [250, 250, 250, 452, 452, 250])
})

const kinds = (text: string): readonly string[] =>
  converse([Buffer.from(`EHLO x\r\n${text}`)], { limits: dialogueLimits }).requests.map(request => {
    const { kind, fault, why } = JSON.parse(request) as { kind: string; fault?: string; why?: string }
    return [kind, fault ?? why].filter(word => word !== undefined).join(" ")
  })

test("tells of a chunk out of order once it is dropped, and of an end for what is too much", () => {
  assert.deepEqual(kinds("BDAT 4\r\nNOOPNOOP\r\n"), ["hello", "fault order", "idle"])
  assert.deepEqual(kinds("BDAT 12001\r\n"), ["hello", "closing too-many-octets"])
})

test("tells that a message is too big before a chunk of it comes", () => {
  const head = "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\n"
  const begun = ["hello", "mail", "rcpt"]
  assert.deepEqual(kinds(`${head}BDAT 5001\r\n`), [...begun, "message-refused too-big"])
  assert.deepEqual(kinds(`${head}BDAT 12001\r\n`), [
    ...begun,
    "message-refused too-big",
    "closing too-many-octets",
  ])
})

test("may drop twice what a message may have", () => {
  assert.equal(defaultSmtpLimits.swallowedBytes, 2 * defaultSmtpLimits.messageBytes)
})

const counted = (limits: object, line: string, times: number): readonly number[] =>
  converse([Buffer.from(`EHLO x\r\n${line.repeat(times)}`)], { limits }).codes.slice(1)

test("ends after too many errors, too many idle commands, too many messages", () => {
  assert.deepEqual(counted({ errors: 2 }, "XYZZY\r\n", 9), [500, 500, 500, 421])
  assert.deepEqual(counted({ idleCommands: 3 }, "NOOP\r\n", 9), [250, 250, 421])
  assert.deepEqual(counted({ transactions: 2 }, "MAIL FROM:<>\r\nRSET\r\n", 3), [250, 250, 250, 250, 421])
  assert.deepEqual(counted({ idleCommands: 2 }, "BDAT 0\r\n", 4), [503, 421])
})

test("lets a connection go on for as long as it brings mail", () => {
  const message = "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\nx\r\n.\r\nRSET\r\n"
  const codes = counted({ idleCommands: 3 }, message, 20)
  assert.equal(codes.filter(code => code === 354).length, 20)
})

test("refuses recipients beyond the limit, and delivers to the others", () => {
  const text = `EHLO x\r\nMAIL FROM:<>\r\n${"RCPT TO:<a@b>\r\n".repeat(3)}DATA\r\nx\r\n.\r\n`
  assert.deepEqual(
    converse([Buffer.from(text)], { limits: { recipients: 2 } }).codes.slice(2),
    [250, 250, 452, 354, 250],
  )
})

test("shows text of an owner's reply in one line of printable ASCII", () => {
  const receiver = openReceiver()
  receiver.end({ code: 421, enhanced: "4.3.0", text: `a\r\n250 b\0ü${"x".repeat(600)}` })
  const wire = Buffer.from(receiver.output()).toString("latin1")
  assert.match(wire, /^421 4\.3\.0 a\?\?250 b\?\?x{480}\r\n$/)
  assert.ok(wire.length <= 512)
})

const alphabet = fc.constantFrom(
  ...[
    "\r",
    "\n",
    "\r\n",
    ".",
    "..",
    "\r\n.\r\n",
    "\n.\n",
    "EHLO x\r\n",
    "MAIL FROM:<>\r\n",
    "MAIL FROM:<> HOLDFOR=60\r\n",
    "RCPT TO:<a@b>\r\n",
    "DATA\r\n",
  ],
  ...[
    "BDAT 3\r\n",
    "BDAT 9 LAST\r\n",
    "RSET\r\n",
    "NOOP",
    "STARTTLS\r\n",
    "x",
    "ü",
    "\0",
    " ",
    "<",
    ">",
    "QUIT",
  ],
  ...["AUTH PLAIN\r\n", "AUTH PLAIN =\r\n", `${rightWord}\r\n`, `${askMore}\r\n`, "*\r\n"],
)

test("takes any mixture of its own words without a throw, and the same however it is cut", () => {
  fc.assert(
    fc.property(
      fc.array(alphabet, { maxLength: 40 }),
      fc.array(fc.nat(300), { maxLength: 6 }),
      (words, cuts) => {
        const bytes = Buffer.from(words.join(""))
        const edges = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
        const pieces = edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge))
        assert.deepEqual(converse(pieces), converse([bytes]))
        const rules = { signIn: dialogueMechanisms, mostSeconds: 3600 }
        assert.deepEqual(converse(pieces, rules), converse([bytes], rules))
      },
    ),
    { numRuns: 1_000 },
  )
})

test("takes random bytes without a throw and holds no more than one line of them", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 12 }), pieces => {
      const receiver = openReceiver()
      for (const piece of pieces) {
        receiver.push(piece)
        for (let request = receiver.next(); request !== undefined; request = receiver.next()) {
          if (receiver.asking) receiver.answer({ code: 250, text: "OK" })
        }
        assert.ok(receiver.waiting <= longestLine({ ...defaultSmtpLimits, signIn: false }))
      }
    }),
    { numRuns: 500 },
  )
})

test("holds nothing of a line without an end", () => {
  for (const begin of ["", "EHLO x\r\nAUTH PLAIN\r\n"]) {
    const receiver = openReceiver(begin === "" ? {} : { signIn: ["PLAIN"] })
    receiver.push(Buffer.from(begin))
    for (let request = receiver.next(); request !== undefined; request = receiver.next())
      if (receiver.asking) receiver.answer({ code: 334, text: "" })
    for (let at = 0; at < 1_000; at += 1) {
      receiver.push(Buffer.alloc(1_000, "x"))
      while (receiver.next() !== undefined);
    }
    assert.ok(receiver.waiting <= longestLine({ ...defaultSmtpLimits, signIn: begin !== "" }))
  }
})

test("takes many thousand empty chunks in one piece", () => {
  const text = `EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\n${"BDAT 0\r\n".repeat(20_000)}`
  const { codes } = converse([Buffer.from(text)], { limits: { idleCommands: 100_000 } })
  assert.equal(codes.length, 20_003)
})
